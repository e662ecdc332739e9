import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../infra/aws/bundle.ts';
import { checkRouting } from '../../infra/aws/routing-check.ts';

const PAGER = 'arn:aws:sns:eu-central-1:123456789012:pager';
const NOTHING_MORE: Parameters<typeof checkRouting>[1] = { publishTo: [], publishToPhones: false };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-routing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The problems of a routing with one receiver. */
function problems(receiver: string, allowed = NOTHING_MORE): string[] {
  const text = `route: { receiver: ops }\nreceivers:\n  - name: ops\n    ${receiver}\n`;
  writeFileSync(join(folder, 'alertmanager.yaml'), text);
  return checkRouting(folder, allowed);
}

describe('the routing to be deployed', () => {
  it('may tell the topics of the stack, and is fine as it ships', () => {
    expect(checkRouting(join(ROOT, 'rules'), NOTHING_MORE)).toEqual([]);
  });

  it('may tell other topics and phones only if the settings allow the evaluator to', () => {
    const topic = `sns_configs: [{ topic_arn: "${PAGER}", sigv4: { region: eu-central-1 } }]`;
    expect(problems(topic)).toEqual([
      `alertmanager.yaml: receiver "ops" could not be told: hypervigil.publishTo lacks ${PAGER}`,
    ]);
    expect(problems(topic, { ...NOTHING_MORE, publishTo: [PAGER] })).toEqual([]);

    const phone = 'sns_configs: [{ phone_number: "+14155550123" }]';
    expect(problems(phone)).toEqual([
      'alertmanager.yaml: receiver "ops" could not be told: hypervigil.publishToPhones is not true',
    ]);
    expect(problems(phone, { ...NOTHING_MORE, publishToPhones: true })).toEqual([]);
  });

  it('may name files that are deployed with it, and no others', () => {
    mkdirSync(join(folder, 'secrets'));
    mkdirSync(join(folder, 'tests'));
    for (const name of ['secrets/url', 'tests/url', '.url'])
      writeFileSync(join(folder, name), 'https://hooks.example.org/T1');
    const webhook = (file: string) => problems(`webhook_configs: [{ url_file: "${file}" }]`);
    expect(webhook('secrets/url')).toEqual([]);
    const elsewhere = join(folder, 'secrets', 'url');
    for (const file of ['none', 'tests/url', '.url', '../url', elsewhere, 'secrets'])
      expect(webhook(file)).toEqual([expect.stringMatching(/^alertmanager\.yaml:\d+: .*file/)]);
  });

  it('is told of by file and line when it is wrong, the escalations too', () => {
    expect(problems('email_configs: []')).toEqual([
      expect.stringMatching(/^alertmanager\.yaml:4: .*email_configs/),
    ]);
    cpSync(join(ROOT, 'rules/alertmanager.yaml'), join(folder, 'alertmanager.yaml'));
    const step = 'escalations:\n  - { from: critical, to: boss, after: 15m }\n';
    writeFileSync(join(folder, 'escalations.yaml'), step);
    expect(checkRouting(folder, NOTHING_MORE)).toEqual([
      expect.stringMatching(/^escalations\.yaml:2: .*boss/),
    ]);
  });

  it('may not have a template that cannot be read', () => {
    writeFileSync(join(folder, 'own.tmpl'), '{{ define "sns.default.subject" }}{{ .Status }');
    expect(
      problems('webhook_configs: [{ url: "https://example.org" }]\ntemplates: [own.tmpl]'),
    ).toEqual([expect.stringMatching(/^alertmanager\.yaml: templates: /)]);
  });

  it('has to be there', () => {
    expect(checkRouting(folder, NOTHING_MORE)).toEqual([
      `alertmanager.yaml: there is no such file in ${folder}`,
    ]);
  });
});
