import { extname } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as v from 'valibot';
import type { BuiltRelease } from '../../infra/aws/agent-release.ts';
import { readConfig } from '../../infra/aws/config.ts';
import { addHypervigil, newApp } from '../../infra/aws/hypervigil-app.ts';

/** The template for some settings, and an agent if one was built. Its Lambdas hold no code, so nothing is bundled. */
export function synthesized(settings: object = {}, release?: BuiltRelease): Template {
  const config = readConfig(settings);
  if (!config.ok) throw new Error(config.error);
  const app = newApp({
    // Slow, and `cdk synth` runs them.
    context: { '@aws-cdk/core:validateAgainstDefaultRules': false },
  });
  // A function says which one it is, by which tests find the role that is its own.
  const code = (name: string) => Code.fromInline(`// ${name}`);
  return Template.fromStack(addHypervigil(app, config.value, code, release));
}

const Reference = v.union([
  v.pipe(
    v.object({ Ref: v.string() }),
    v.transform(({ Ref }) => Ref),
  ),
  v.pipe(
    v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
    v.transform((reference) => reference['Fn::GetAtt'][0]),
  ),
]);

/** Of one object in the CDK's bucket of assets: the kind of file that it is. */
const AssetArn = v.pipe(
  v.object({
    'Fn::Join': v.tuple([
      v.literal(''),
      v.tuple([
        v.literal('arn:'),
        v.object({ Ref: v.literal('AWS::Partition') }),
        v.literal(':s3:::'),
        v.object({ 'Fn::Sub': v.pipe(v.string(), v.startsWith('cdk-hnb659fds-assets-')) }),
        v.pipe(v.string(), v.regex(/^\/[0-9a-f]{64}\.[a-z]+$/)),
      ]),
    ]),
  }),
  v.transform((arn) => `asset ${extname(arn['Fn::Join'][1][4])}`),
);

function oneOrMore<T extends v.GenericSchema>(item: T) {
  return v.union([
    v.array(item),
    v.pipe(
      item,
      v.transform((only) => [only]),
    ),
  ]);
}

const Policy = v.object({
  PolicyDocument: v.object({
    Statement: v.array(
      v.strictObject({
        Effect: v.literal('Allow'),
        Action: oneOrMore(v.string()),
        Resource: v.optional(oneOrMore(v.union([v.string(), Reference, AssetArn])), []),
        NotResource: v.optional(oneOrMore(v.string()), []),
        Condition: v.optional(
          v.strictObject({
            'ForAllValues:StringEquals': v.strictObject({
              'dynamodb:LeadingKeys': oneOrMore(v.string()),
            }),
          }),
        ),
      }),
    ),
  }),
  Roles: v.array(Reference),
});

/**
 * What the role whose logical id begins so may do: resource to actions, both in order. A resource is
 * its logical id without the hash, with the partitions it is limited to; a wildcard would show as
 * itself, and all but some as `not` those.
 */
export function permissions(template: Template, role: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::Policy'))) {
    const policy = v.parse(Policy, Properties);
    if (!policy.Roles.some((id) => id.startsWith(role))) continue;
    for (const statement of policy.PolicyDocument.Statement) {
      for (const name of resources(statement))
        found[name] = [...(found[name] ?? []), ...statement.Action].sort();
    }
  }
  return found;
}

type Statement = v.InferOutput<typeof Policy>['PolicyDocument']['Statement'][number];

function resources({ Resource, NotResource, Condition }: Statement): string[] {
  const partitions = Condition?.['ForAllValues:StringEquals']['dynamodb:LeadingKeys'];
  const within = partitions === undefined ? '' : ` within ${partitions.join(', ')}`;
  return [
    ...Resource.map((id) => `${id.replace(/[0-9A-F]{8}$/, '')}${within}`),
    ...NotResource.map((id) => `not ${id}`),
  ];
}
