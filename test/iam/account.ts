import type { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';

/** Where a template is made believe to be deployed. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

const Resource = v.looseObject({
  Type: v.string(),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
});
const Parameters = v.record(v.string(), v.looseObject({ Default: v.optional(v.unknown()) }));

/** A resource of the template with its references resolved. */
export interface Deployed {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * A template as if it were deployed: every reference is a made-up name or ARN, the same wherever the same
 * resource is meant. What the environment of a function and a policy say of one resource so is one text.
 */
export interface Account {
  readonly resources: readonly Deployed[];
  readonly ofType: (type: string) => readonly Deployed[];
  readonly arn: (id: string) => string;
}

/** `queueBase`: where SQS is, without a slash at the end; queues are addressed by URL. */
export function deployed(template: Template, queueBase = `https://sqs.${REGION}.amazonaws.com`) {
  const json: unknown = template.toJSON();
  const {
    Resources,
    Mappings,
    Parameters: parameters,
  } = v.parse(
    v.looseObject({
      Resources: v.record(v.string(), Resource),
      Parameters: v.optional(Parameters, {}),
      Mappings: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
    json,
  );
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': ACCOUNT,
    'AWS::Region': REGION,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': 'Hypervigil',
    'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Hypervigil/1`,
  };

  const typeOf = (id: string): string => {
    const found = Resources[id];
    if (found === undefined) throw new Error(`the template refers to "${id}", which is not in it`);
    return found.Type;
  };
  const nameOf = (id: string): string => {
    const property = NAME_PROPERTIES[typeOf(id)];
    const given = property === undefined ? undefined : Resources[id]?.Properties[property];
    return given === undefined ? id : String(resolve(given));
  };
  const arn = (id: string): string => {
    const make = ARNS[typeOf(id)];
    if (make === undefined) throw new Error(`${id}: no ARN is known of ${typeOf(id)}: add it`);
    return `arn:aws:${make(nameOf(id))}`;
  };
  const ref = (id: string): unknown => {
    if (pseudo[id] !== undefined) return pseudo[id];
    if (parameters[id] !== undefined) return parameters[id].Default;
    if (typeOf(id) === 'AWS::SQS::Queue') return `${queueBase}/${ACCOUNT}/${nameOf(id)}`;
    return REFERRED_BY_ARN.has(typeOf(id)) ? arn(id) : nameOf(id);
  };
  const attribute = (id: string, name: string): string => {
    if (name === 'Arn' || name === 'TopicArn') return arn(id);
    if (name === 'FunctionUrl') return `https://${id.toLowerCase()}.lambda-url.${REGION}.on.aws/`;
    if (name === 'QueueName' || name === 'TopicName') return nameOf(id);
    typeOf(id);
    return `${id}.${name}`;
  };
  const substitute = (text: string, own: Readonly<Record<string, unknown>>): string =>
    text.replace(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
      if (name in own) return String(resolve(own[name]));
      const [id = '', attributeName] = name.split(/\.(.*)/);
      return String(attributeName === undefined ? ref(id) : attribute(id, attributeName));
    });
  const functions: Readonly<Record<string, (value: unknown) => unknown>> = {
    Ref: (value) => ref(v.parse(v.string(), value)),
    'Fn::GetAtt': (value) => {
      const pair = typeof value === 'string' ? value.split(/\.(.*)/).slice(0, 2) : value;
      return attribute(...v.parse(v.tuple([v.string(), v.string()]), pair));
    },
    'Fn::Join': (value) => {
      const [by, parts] = v.parse(v.tuple([v.string(), v.unknown()]), value);
      return v.parse(v.array(v.unknown()), resolve(parts)).join(by);
    },
    'Fn::Split': (value) => {
      const [by, text] = v.parse(v.tuple([v.string(), v.unknown()]), value);
      return String(resolve(text)).split(by);
    },
    'Fn::Select': (value) => {
      const [index, list] = v.parse(v.tuple([v.unknown(), v.unknown()]), value);
      return v.parse(v.array(v.unknown()), resolve(list))[Number(index)];
    },
    'Fn::Sub': (value) => {
      if (typeof value === 'string') return substitute(value, {});
      return substitute(
        ...v.parse(v.tuple([v.string(), v.record(v.string(), v.unknown())]), value),
      );
    },
    'Fn::FindInMap': (value) => {
      const [map, ...keys] = v
        .parse(v.array(v.unknown()), value)
        .map((part) => String(resolve(part)));
      let found: unknown = Mappings[map ?? ''];
      for (const key of keys) found = v.parse(v.record(v.string(), v.unknown()), found)[key];
      return found;
    },
    'Fn::GetAZs': () => [`${REGION}a`, `${REGION}b`, `${REGION}c`],
  };
  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const [first] = Object.entries(value);
    if (first !== undefined && /^(Ref|Fn::\w+)$/.test(first[0])) {
      const apply = functions[first[0]];
      if (apply === undefined) throw new Error(`${first[0]} is not understood here: add it`);
      return apply(first[1]);
    }
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, resolve(of)]));
  }

  const resources = Object.entries(Resources).map(
    ([id, { Type, Properties }]): Deployed => ({
      id,
      type: Type,
      properties: v.parse(v.record(v.string(), v.unknown()), resolve(Properties)),
    }),
  );
  const account: Account = {
    resources,
    ofType: (type) => resources.filter((one) => one.type === type),
    arn,
  };
  return account;
}

const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SSM::Parameter': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
};

const REFERRED_BY_ARN = new Set(['AWS::SNS::Topic', 'AWS::IAM::ManagedPolicy']);

const here = (service: string) => `${service}:${REGION}:${ACCOUNT}:`;

/** What comes after `arn:aws:`. */
const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::DynamoDB::Table': (name) => `${here('dynamodb')}table/${name}`,
  'AWS::SNS::Topic': (name) => `${here('sns')}${name}`,
  'AWS::SQS::Queue': (name) => `${here('sqs')}${name}`,
  'AWS::Lambda::Function': (name) => `${here('lambda')}function:${name}`,
  'AWS::KMS::Key': (name) => `${here('kms')}key/${name}`,
  'AWS::Logs::LogGroup': (name) => `${here('logs')}log-group:${name}:*`,
  'AWS::CloudWatch::Alarm': (name) => `${here('cloudwatch')}alarm:${name}`,
  'AWS::SSM::Parameter': (name) => `${here('ssm')}parameter/${name.replace(/^\//, '')}`,
  'AWS::Cognito::UserPool': (name) => `${here('cognito-idp')}userpool/${name}`,
  'AWS::SecretsManager::Secret': (name) => `${here('secretsmanager')}secret:${name}`,
  'AWS::Scheduler::Schedule': (name) => `${here('scheduler')}schedule/default/${name}`,
  'AWS::IAM::Role': (name) => `iam::${ACCOUNT}:role/${name}`,
  'AWS::S3::Bucket': (name) => `s3:::${name}`,
};
