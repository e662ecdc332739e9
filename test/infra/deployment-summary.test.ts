import { expect, it } from 'vitest';
import { summaryOf } from '../../infra/aws/deployment/summary.ts';

const DEPLOYED = {
  name: 'Trial',
  region: 'eu-central-1',
  ingestUrl: 'https://ingest.example/',
  apiUrl: 'https://api.example/',
  remoteWriteUrl: 'https://write.example/api/v1/write',
  tableName: 'Trial-Table',
  hasAgent: true,
} as const;

it('says of each address whether it hears, and what it must do first', () => {
  const lines = summaryOf({
    ...DEPLOYED,
    subscriptions: [
      { audience: 'critical', protocol: 'email', address: 'ada@example.org', isConfirmed: false },
      { audience: 'critical', protocol: 'sms', address: '+14155550123', isConfirmed: true },
      { audience: 'info', protocol: 'https', address: 'https://chat.example', isConfirmed: false },
    ],
  });
  const who = lines.slice(lines.indexOf('Who is told') + 1);
  expect(who).toEqual([
    '  critical    ada@example.org  hears NOTHING yet: must click "Confirm subscription" in the mail from AWS',
    '              +14155550123  is told',
    '  warning     NOBODY is told of warning alerts: add addresses to "emails" in cdk.json',
    '  info        https://chat.example  hears NOTHING yet: must visit the SubscribeURL that was posted to it',
    '  operations  NOBODY is told when Hypervigil itself is unwell: add addresses to "emails" in cdk.json',
  ]);
});

it('offers no installer where no agent was built', () => {
  const text = summaryOf({ ...DEPLOYED, hasAgent: false, subscriptions: [] }).join('\n');
  expect(text).not.toContain('install.sh');
  expect(text).toContain('npm run agent:build');
});
