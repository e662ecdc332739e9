import type { Audience } from '../config.ts';
import type { OwnKey } from './customer-key.ts';
import type { Subscription } from './subscriptions.ts';

/** What a person needs who has just deployed: addresses, the next commands, and who is told. */
export interface Deployed {
  readonly name: string;
  readonly region: string;
  readonly ingestUrl: string;
  readonly apiUrl: string;
  readonly remoteWriteUrl: string;
  readonly tableName: string;
  /** Where people who sign in are; absent: nobody does. */
  readonly userPoolId: string | undefined;
  /** The name to make by hand, and where it leads; absent: there is none, or Route 53 has it. */
  readonly cname: { readonly name: string; readonly target: string } | undefined;
  /** Absent: the stack has a key of its own, or none. */
  readonly ownKey: OwnKey | undefined;
  /** Whether hosts can install an agent from it. */
  readonly hasAgent: boolean;
  readonly subscriptions: readonly Subscription[];
}

const AUDIENCES: readonly Audience[] = ['critical', 'warning', 'info', 'operations'];

/** Lines to print, without colours; commands stand alone so that they can be copied. */
export function summaryOf(deployed: Deployed): string[] {
  const { name, region, ingestUrl, apiUrl, remoteWriteUrl, tableName } = deployed;
  return [
    `${name} is deployed in ${region}.`,
    '',
    'Addresses',
    `  dashboard                 ${apiUrl}`,
    `  agents enrol and post     ${ingestUrl}`,
    `  Grafana, amtool, queries  ${apiUrl}`,
    `  Prometheus remote write   ${remoteWriteUrl}`,
    ...domainLines(deployed),
    '',
    'Add hosts',
    '  A token with which 50 hosts can enrol within a week:',
    `    npm run key -- --enrol-token --uses 50 --expires 7d --table ${tableName}`,
    ...installLines(deployed),
    '',
    ...peopleLines(deployed),
    'Ask it',
    '  A token for Grafana, amtool or a script:',
    `    npm run key -- --token NAME --role operator --table ${tableName}`,
    '',
    'Who is told',
    ...AUDIENCES.flatMap((audience) => audienceLines(audience, deployed.subscriptions)),
    ...keyLines(deployed),
  ];
}

function peopleLines({ userPoolId, tableName }: Deployed): string[] {
  if (userPoolId === undefined) return [];
  return [
    'Let people in',
    '  Somebody who may sign in to the dashboard, and gets a first password by email:',
    `    npm run user -- --add EMAIL --role operator --table ${tableName} --pool ${userPoolId}`,
    '',
  ];
}

function domainLines({ cname }: Deployed): string[] {
  if (cname === undefined) return [];
  return [
    '',
    'Nothing answers at these until your DNS has this record (or an ALIAS of the same):',
    `    ${cname.name}. CNAME ${cname.target}.`,
  ];
}

function keyLines({ ownKey }: Deployed): string[] {
  if (ownKey === undefined) return [];
  const { arn, unrecognised, statements } = ownKey;
  return [
    '',
    ...recognisedLines(arn, unrecognised),
    'It needs these statements, or others that allow the same:',
    ...statements,
  ];
}

function recognisedLines(arn: string, unrecognised: OwnKey['unrecognised']): string[] {
  if (unrecognised === undefined) return [`The policy of the key ${arn} can't be read from here.`];
  if (unrecognised.length === 0)
    return [`The policy of the key ${arn} has statements for all that is needed.`];
  return [
    `In the policy of the key ${arn} could not be recognised all that is needed; see that the policy allows`,
    ...unrecognised.map((what) => `  ${what}`),
  ];
}

function installLines({ ingestUrl, hasAgent }: Deployed): string[] {
  if (!hasAgent)
    return ['  No agent was built, so none can be installed from here: npm run agent:build'];
  return [
    '  On each host, which asks for the token:',
    `    Linux    curl -fsSL ${ingestUrl}install.sh | sudo sh`,
    `    Windows  irm ${ingestUrl}install.ps1 | iex    (PowerShell as administrator)`,
  ];
}

function audienceLines(audience: Audience, all: readonly Subscription[]): string[] {
  const some = all.filter((one) => one.audience === audience);
  if (some.length === 0) {
    const what =
      audience === 'operations' ? 'when Hypervigil itself is unwell' : `of ${audience} alerts`;
    return [
      `  ${audience.padEnd(10)}  NOBODY is told ${what}: add addresses to "emails" in cdk.json`,
    ];
  }
  return some.map(({ protocol, address, isConfirmed }, i) => {
    const title = (i === 0 ? audience : '').padEnd(10);
    return `  ${title}  ${address}  ${isConfirmed ? 'is told' : waiting(protocol)}`;
  });
}

function waiting(protocol: string): string {
  if (protocol === 'email' || protocol === 'email-json')
    return 'hears NOTHING yet: must click "Confirm subscription" in the mail from AWS';
  if (protocol === 'http' || protocol === 'https')
    return 'hears NOTHING yet: must visit the SubscribeURL that was posted to it';
  return 'hears NOTHING yet: must confirm the subscription';
}
