import type { Node } from 'yaml';
import { type ConfigReader, ConfigSection } from './config-section.ts';
import type { Integration, Receiver } from './config-types.ts';
import type { IntegrationKindReader } from './integration-kind.ts';
import type { GlobalSettings } from './parse-global.ts';
import { INTEGRATION_KINDS } from './parse-integrations.ts';

const USE_WEBHOOK = 'use webhook_configs or sns_configs';
const USE_SLACK = "its incoming webhooks take Slack's messages: use slack_configs";
const USE_NTFY = 'use ntfy_configs, or sns_configs with a phone number or a mobile endpoint';

/** What Alertmanager knows beside what is supported, and what to use instead. */
const REFUSED: Readonly<Record<string, string>> = {
  email_configs: 'use sns_configs with a topic that has email subscriptions',
  opsgenie_configs: USE_WEBHOOK,
  victorops_configs: USE_WEBHOOK,
  wechat_configs: USE_WEBHOOK,
  webex_configs: USE_WEBHOOK,
  jira_configs: USE_WEBHOOK,
  incidentio_configs: USE_WEBHOOK,
  telegram_configs: USE_NTFY,
  pushover_configs: USE_NTFY,
  discord_configs: "use slack_configs with the webhook's URL followed by /slack",
  mattermost_configs: USE_SLACK,
  rocketchat_configs: USE_SLACK,
  labels: 'a receiver has its name only',
};

const FIELDS = ['name', ...INTEGRATION_KINDS.map(({ field }) => field)];

/** Receivers by name. One with problems is there too, so that routes to it are not called wrong. */
export function readReceivers(
  root: ConfigSection,
  global: GlobalSettings,
): ReadonlyMap<string, Receiver> {
  const receivers = new Map<string, Receiver>();
  root.list('receivers').forEach((node, i) => {
    const receiver = readReceiver(root.reader, node, i, global);
    if (receiver === undefined) return;
    if (receivers.has(receiver.name))
      root.reader.yaml.problem(node, `notification config name "${receiver.name}" is not unique`);
    receivers.set(receiver.name, receiver);
  });
  return receivers;
}

function readReceiver(
  reader: ConfigReader,
  node: Node,
  index: number,
  global: GlobalSettings,
): Receiver | undefined {
  const shownName = reader.yaml.peek(node, 'name');
  const what = shownName === '' ? `receivers[${index}]` : `receiver "${shownName}"`;
  const section = ConfigSection.open(reader, node, what, FIELDS, REFUSED);
  if (section === undefined) return undefined;
  const name = section.text('name') ?? '';
  if (name === '') return section.problem(undefined, 'missing name in receiver');
  const integrations = INTEGRATION_KINDS.flatMap((kind) => readIntegrations(section, kind, global));
  return { name, integrations };
}

function readIntegrations(
  receiver: ConfigSection,
  kind: IntegrationKindReader,
  global: GlobalSettings,
): Integration[] {
  const integrations: Integration[] = [];
  receiver.list(kind.field).forEach((node, index) => {
    const what = `${receiver.what}, ${kind.field}[${index}]`;
    const fields = ['send_resolved', ...kind.fields];
    const section = ConfigSection.open(receiver.reader, node, what, fields, kind.refused);
    if (section === undefined) return;
    const sendResolved = section.boolean('send_resolved') ?? kind.sendResolved;
    const settings = kind.read(section, global);
    if (settings !== undefined) integrations.push({ index, sendResolved, settings });
  });
  return integrations;
}
