import type { Template } from 'aws-cdk-lib/assertions';

/** Names within something that is the stack's own, or that only people read. */
const LOCAL_NAMES: ReadonlySet<string> = new Set([
  'AWS::IAM::Policy PolicyName', // inline, of a role
  'AWS::CloudWatch::Alarm MetricName', // with dimensions: `ownMetrics`
  'AWS::Cognito::UserPoolClient ClientName',
  'AWS::Cognito::UserPoolGroup GroupName',
  'AWS::SNS::Topic DisplayName',
]);

/**
 * All by which a deployment could meet another one in its account and region: names that resources are
 * given, of exports, and of metrics with their dimensions. What CloudFormation names after the stack
 * is not among them, as it can't meet anything.
 */
export function physicalNames(template: Template): string[] {
  const { Resources = {}, Outputs = {} } = template.toJSON();
  const names = Object.values<Resource>(Resources).flatMap(({ Type, Properties = {} }) => [
    ...Object.entries(Properties)
      .filter(([key, value]) => isName(Type, key) && isSettled(value))
      .map(([key, value]) => `${Type} ${key} ${JSON.stringify(value)}`),
    ...ownMetrics(Properties),
  ]);
  const exports = Object.values<Output>(Outputs).flatMap(({ Export }) =>
    Export === undefined ? [] : [`export ${JSON.stringify(Export.Name)}`],
  );
  return [...new Set([...names, ...exports])].sort();
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

interface Output {
  readonly Export?: { readonly Name: unknown };
}

function isName(type: string, key: string): boolean {
  return /^(?:[A-Z]\w*)?Name$|^Domain$/.test(key) && !LOCAL_NAMES.has(`${type} ${key}`);
}

/** Does a name hold nothing that is the stack's own, so that in another stack it is the same? */
function isSettled(value: unknown): boolean {
  const references = JSON.stringify(value).matchAll(/"Ref":"([^"]+)"|"Fn::GetAtt":\["([^"]+)"/g);
  for (const [, ref = '', resource] of references)
    if (resource !== undefined || !/^AWS::(?:Region|AccountId|Partition|URLSuffix)$/.test(ref))
      return false;
  return true;
}

/** Metrics in a namespace of our own, with their dimensions: of alarms, filters and dashboards. */
function ownMetrics(properties: Readonly<Record<string, unknown>>): string[] {
  const { Namespace, MetricName, Dimensions = [], DashboardBody } = properties;
  const alarm =
    typeof Namespace === 'string' && !Namespace.startsWith('AWS/') && isSettled(Dimensions)
      ? [`metric ${Namespace} ${String(MetricName)} ${JSON.stringify(Dimensions)}`]
      : [];
  // A widget has a metric as a list: namespace, name, dimension, value ...
  const body = JSON.stringify(DashboardBody ?? '');
  const widgets = body.matchAll(/\[(?:\\+"Hypervigil\\+")[^\]{]*/g);
  return [...alarm, ...[...widgets].map(([metric]) => `metric ${metric.replaceAll('\\', '')}`)];
}
