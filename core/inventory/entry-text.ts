import * as v from 'valibot';
import type { HostEntry, HostFacts, Stay, VmEntry } from './entry.ts';

/**
 * The stored form of an entry, JSON: lists instead of objects, and times as distances, since each KB that
 * is started is billed once an hour for each host.
 */

const number = v.nullable(v.number());
const textOrNull = v.nullable(v.string());

const vmSchema = v.tuple([v.string(), v.string(), number, v.number(), number, number]);
const staySchema = v.tuple([v.string(), v.number(), number]);
const factsSchema = v.tuple([
  v.tuple([textOrNull, textOrNull, textOrNull, textOrNull, textOrNull, textOrNull, textOrNull]),
  textOrNull,
  number,
  number,
  v.record(v.string(), v.string()),
]);
const entrySchema = v.object({
  first: v.number(),
  last: v.number(),
  bytes: v.exactOptional(v.number()),
  facts: v.exactOptional(factsSchema),
  vms: v.array(vmSchema),
  stays: v.array(staySchema),
});

type Stored<T extends v.GenericSchema> = v.InferOutput<T>;

/** The entry without its host's name. */
export function entryText(entry: Omit<HostEntry, 'host'>): string {
  const { firstSeenMs: first, lastSeenMs: last, chunkBytes: bytes, facts, vms, stays = [] } = entry;
  const stored: Stored<typeof entrySchema> = {
    first,
    last,
    ...(bytes === undefined ? {} : { bytes }),
    ...(facts === undefined ? {} : { facts: storedFacts(facts) }),
    vms: vms.map(({ uuid, name, firstSeenMs, lastSeenMs, vcpus, memoryBytes }) => [
      uuid,
      name,
      firstSeenMs === undefined ? null : firstSeenMs - first,
      last - lastSeenMs,
      vcpus ?? null,
      memoryBytes ?? null,
    ]),
    stays: stays.map(({ uuid, fromMs, toMs }) => [
      uuid,
      fromMs - first,
      toMs === undefined ? null : toMs - fromMs,
    ]),
  };
  return JSON.stringify(stored);
}

/** Reads what `entryText` wrote. Damage throws. */
export function parseEntry(text: string): Omit<HostEntry, 'host'> {
  const { first, last, bytes, facts, vms, stays } = v.parse(entrySchema, JSON.parse(text));
  return {
    firstSeenMs: first,
    lastSeenMs: last,
    ...(bytes === undefined ? {} : { chunkBytes: bytes }),
    ...(facts === undefined ? {} : { facts: factsOf(facts) }),
    vms: vms.map((vm) => vmOf(vm, first, last)),
    ...(stays.length === 0 ? {} : { stays: stays.map((stay) => stayOf(stay, first)) }),
  };
}

function vmOf(
  [uuid, name, age, unseenMs, vcpus, memoryBytes]: Stored<typeof vmSchema>,
  first: number,
  last: number,
): VmEntry {
  return {
    uuid,
    name,
    ...(age === null ? {} : { firstSeenMs: first + age }),
    lastSeenMs: last - unseenMs,
    ...(vcpus === null ? {} : { vcpus }),
    ...(memoryBytes === null ? {} : { memoryBytes }),
  };
}

function stayOf([uuid, from, length]: Stored<typeof staySchema>, first: number): Stay {
  const fromMs = first + from;
  return { uuid, fromMs, ...(length === null ? {} : { toMs: fromMs + length }) };
}

function storedFacts(facts: HostFacts): Stored<typeof factsSchema> {
  const { os, kernel, arch, cpu, virtualization, hypervisor, machine } = facts;
  return [
    [
      os ?? null,
      kernel ?? null,
      arch ?? null,
      cpu ?? null,
      virtualization ?? null,
      hypervisor ?? null,
      machine ?? null,
    ],
    facts.agentVersion ?? null,
    facts.cpuCount ?? null,
    facts.memoryBytes ?? null,
    { ...facts.tags },
  ];
}

function factsOf([texts, agentVersion, cpuCount, memoryBytes, tags]: Stored<
  typeof factsSchema
>): HostFacts {
  const [os, kernel, arch, cpu, virtualization, hypervisor, machine] = texts;
  return known({
    os,
    kernel,
    arch,
    cpu,
    virtualization,
    hypervisor,
    machine,
    agentVersion,
    cpuCount,
    memoryBytes,
    tags: Object.keys(tags).length === 0 ? null : tags,
  });
}

/** Without what is null. */
function known(facts: { readonly [K in keyof HostFacts]: HostFacts[K] | null }): HostFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
}
