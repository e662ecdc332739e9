import { matchesGlob } from 'node:path';
import type { PolicyStatement, Role } from './roles.ts';
import type { Call } from './simulate.ts';

/** Rights that no recorded call uses, and why they are given all the same. By `action resource`, as told below. */
const UNUSED_FOR_A_REASON: Readonly<Record<string, string>> = {};

/**
 * What a role may and nobody does with it, a line for each action on a resource or within a partition. Partitions
 * that differ by a number alone are one: of 64 shards' marks a test makes one shard's.
 */
export function unusedGrants(role: Role, calls: readonly Call[]): readonly string[] {
  const lines = role.policies.flatMap(({ statements }) =>
    statements.filter(({ Effect }) => Effect === 'Allow').flatMap((one) => unusedOf(one, calls)),
  );
  return [...new Set(lines)]
    .filter((line) => !(line in UNUSED_FOR_A_REASON))
    .map((line) => `${role.id}: ${line}`);
}

function unusedOf(
  { Action, Resource, NotResource, Condition }: PolicyStatement,
  calls: readonly Call[],
): readonly string[] {
  const partitions = Condition['ForAllValues:StringEquals']?.['dynamodb:LeadingKeys'];
  const lines: string[] = [];
  for (const action of Action) {
    const of = calls.filter((call) => call.action === action);
    if (NotResource.length > 0 && !of.some(({ resource }) => !resource.startsWith('arn:')))
      lines.push(`${action} not ${NotResource.join()}`);
    for (const resource of Resource) {
      const on = of.filter((call) => fits(resource, call.resource));
      if (on.length === 0) lines.push(`${action} ${resource}`);
      else lines.push(...partitionsLeft(partitions, on).map((left) => `${action} ${left}`));
    }
  }
  return lines;
}

function partitionsLeft(
  partitions: readonly string[] | undefined,
  calls: readonly Call[],
): readonly string[] {
  if (partitions === undefined) return [];
  const used = new Set(
    calls.flatMap(({ context }) => [context?.['dynamodb:LeadingKeys'] ?? []].flat().map(familyOf)),
  );
  return [...new Set(partitions.map(familyOf))].filter((family) => !used.has(family));
}

function familyOf(partition: string): string {
  return partition.replace(/#\d+$/, '#N');
}

/** A `*` of a policy stands for anything, slashes too; here only at the end. */
function fits(pattern: string, arn: string): boolean {
  if (!pattern.includes('*')) return pattern === arn;
  return matchesGlob(arn.replaceAll('/', ':'), pattern.replaceAll('/', ':'));
}
