import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gsm7Length, toGsm7 } from '../../core/delivery/gsm7.ts';
import { smsOf, subjectOf } from '../../core/delivery/headline.ts';
import { briefOf, emailOf } from '../../core/delivery/message.ts';
import { readShortQuery } from '../../core/delivery/short-link.ts';
import { anyNotification, CPU_HIGH, notificationOf, OVER, vmDown } from './notifications.ts';

const URL = 'https://hv.example.org';

describe('an email', () => {
  test('says what, where, since when, value against threshold, a link, how to silence', () => {
    const email = emailOf(notificationOf([CPU_HIGH]), URL);
    expect(email).toBe(`CPU of web-1 is 97% busy

What       HostCpuHigh (warning), firing
Where      host web-1
Since      2026-01-02 03:04:05 UTC, for 5 min 55 s
Value      97.23, rule: avg_over_time(host_cpu_usage_percent[5m]) > 90
Labels     host=web-1 severity=warning
Graph      https://hv.example.org/graph?g0.expr=vm_state
Why        https://hv.example.org/alerts?alert=c0ffee0000000001

To silence it for 2 hours:
  https://hv.example.org/#/silences/new?filter=%7Balertname%3D%22HostCpuHigh%22%2Chost%3D%22web-1%22%7D
or
  amtool silence add --alertmanager.url=https://hv.example.org alertname=HostCpuHigh host=web-1 -d 2h -c "why"

--
Hypervigil https://hv.example.org
To ops, group {}:{host="hv-1"}
Notification n-1
`);
  });

  test('counts from when it went wrong, which is before the alert fired', () => {
    const late = { ...CPU_HIGH, activeAtMs: Date.UTC(2026, 0, 2, 2, 58) };
    expect(emailOf(notificationOf([late]), URL)).toContain(
      'Since      2026-01-02 02:58:00 UTC, for 12 min',
    );
    expect(emailOf(notificationOf([{ ...late, ...OVER }]), URL)).toContain('after 11 min');
    expect(smsOf(notificationOf([late]), URL)).toContain('Since 02:58 UTC');
  });

  test('about a VM says on which host, and what to do', () => {
    const email = emailOf(notificationOf([vmDown('db')]), URL);
    expect(email).toContain('Where      VM db on host hv-1');
    expect(email).toContain('Start it with: virsh start db');
    expect(email).toContain('alertname=VmDown vm=db host=hv-1 -d 2h -c "why"');
  });

  test('about a group counts, tells the firing from the resolved, and silences what they share', () => {
    const email = emailOf(notificationOf([vmDown('a'), vmDown('b'), vmDown('c', OVER)]), URL);
    expect(email).toMatch(/^2 VMs down on hv-1: a, b\n\n2 firing, 1 resolved\.\n/);
    expect(email).toMatch(
      /RESOLVED: VM c[\s\S]*Until {6}2026-01-02 03:09:00 UTC, after 4 min 55 s/,
    );
    expect(email).toContain('alertname=VmDown host=hv-1 -d 2h');
  });

  test('without data says since when, and the last value', () => {
    const noData = { ...CPU_HIGH, noDataSinceMs: Date.UTC(2026, 0, 2, 3, 6) };
    const email = emailOf(notificationOf([noData]), URL);
    expect(email).toContain('No data    since 2026-01-02 03:06:00 UTC, for 4 min');
    expect(email).toContain('Last value 97.23, rule: avg_over_time');
  });

  test('about flapping says how often, and when it will say more', () => {
    const flapping = { times: 4, sinceMs: Date.UTC(2026, 0, 2, 2, 30), quietMs: 900_000 };
    expect(emailOf(notificationOf([vmDown('db', { flapping })]), URL)).toContain(
      'came and went 4 times since 2026-01-02 02:30:00 UTC; you will hear when it has been quiet for 15 min',
    );
  });

  test('that repeats or escalates says so first', () => {
    expect(emailOf(notificationOf([vmDown('db')], { repeated: true }), URL)).toMatch(
      /^Still firing: this is a reminder\./,
    );
    expect(emailOf(notificationOf([vmDown('db')], { escalatedFrom: 'night' }), URL)).toMatch(
      /^night was told of this, and nobody has acknowledged it\./,
    );
  });

  test('without an address leaves it out of the command', () => {
    expect(emailOf(notificationOf([CPU_HIGH]), '')).toContain('amtool silence add alertname=');
  });

  test('about hundreds of alerts names the rest', () => {
    const alerts = Array.from({ length: 60 }, (_, i) => vmDown(`vm${i}`));
    const email = emailOf(notificationOf(alerts), URL);
    expect(email).toContain('... and 35 more: vm25 on hv-1, vm26 on hv-1');
    expect(Buffer.byteLength(email)).toBeLessThan(30_000);
  });

  test('quotes for the shell what the shell would take apart', () => {
    const labels = { alertname: 'X', vm: `it's "a" $b` };
    expect(emailOf(notificationOf([vmDown('', { labels })]), '')).toContain(
      `alertname=X 'vm="it'\\''s \\"a\\" $b"' -d 2h`,
    );
  });
});

describe('a subject and an SMS', () => {
  const ended = [vmDown('db', OVER)];
  const named: [string, Parameters<typeof notificationOf>, string, string][] = [
    [
      'one alert',
      [[vmDown('db')]],
      '[FIRING:1] VmDown: VM db on hv-1 is down: crashed',
      'VM db on hv-1 is down: crashed. Since 03:04 UTC (VmDown)',
    ],
    [
      'several',
      [[vmDown('a'), vmDown('b'), vmDown('c')]],
      '[FIRING:3] VmDown on hv-1: a, b, c',
      '3 VMs down on hv-1: a, b, c',
    ],
    [
      'several kinds',
      [[vmDown('a'), vmDown('b'), CPU_HIGH]],
      '[FIRING:3] 3 alerts: VmDown (2), HostCpuHigh (1)',
      '3 alerts: VmDown (2), HostCpuHigh (1)',
    ],
    [
      'what is over',
      [ended],
      '[RESOLVED] VmDown: VM db on hv-1 is down: crashed',
      'RESOLVED: VM db on hv-1 is down: crashed, after 4 min 55 s (VmDown)',
    ],
    [
      'no data',
      [[{ ...CPU_HIGH, noDataSinceMs: Date.UTC(2026, 0, 1, 23, 58) }]],
      '[FIRING:1] No data: HostCpuHigh: CPU of web-1 is 97% busy',
      'No data: CPU of web-1 is 97% busy. Nothing heard since 2026-01-01 23:58 UTC, last value 97.23 (HostCpuHigh)',
    ],
    [
      'a reminder',
      [[vmDown('db')], { repeated: true }],
      '[FIRING:1] Still firing: VmDown: VM db on hv-1 is down: crashed',
      'Still firing: VM db on hv-1 is down: crashed. Since 03:04 UTC (VmDown)',
    ],
    [
      'an escalation',
      [[vmDown('db')], { escalatedFrom: 'night' }],
      '[FIRING:1] Escalated: VmDown: VM db on hv-1 is down: crashed',
      'Escalated: VM db on hv-1 is down: crashed. Since 03:04 UTC (VmDown)',
    ],
  ];

  test.each(named)('%s', (_, given, subject, sms) => {
    expect(subjectOf(notificationOf(...given))).toBe(subject);
    expect(smsOf(notificationOf(...given), '')).toBe(sms);
  });

  test('whatever the labels: one ASCII line of 100 characters, one SMS, a screen of text', () => {
    fc.assert(
      fc.property(anyNotification, (notification) => {
        expect(subjectOf(notification)).toMatch(/^[ -~]{1,100}$/);
        const sms = smsOf(notification, '');
        expect(toGsm7(sms, 140)).toBe(sms);
        expect(Buffer.byteLength(briefOf(notification, URL))).toBeLessThan(8000);
        const email = emailOf(notification, URL);
        expect(Buffer.byteLength(email)).toBeLessThan(60_000);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the link of an SMS', () => {
  const REST = '. Since 03:04 UTC (VmDown)';
  const smsAt = (url: string, summary: string) =>
    smsOf(notificationOf([vmDown('db', { annotations: { summary } })]), url);

  test('leads to its alert; of several, to all that the message is about', () => {
    expect(smsOf(notificationOf([vmDown('db')]), URL)).toBe(
      'VM db on hv-1 is down: crashed. Since 03:04 UTC (VmDown) https://hv.example.org/a?wP_uAAAAAAE',
    );
    expect(smsOf(notificationOf([vmDown('a'), vmDown('b')]), `${URL}/vms/`)).toBe(
      '2 VMs down on hv-1: a, b https://hv.example.org/vms/a?gwP_uAAAAAAE',
    );
    expect(smsOf(notificationOf([vmDown('a'), vmDown('b', OVER)]), URL)).toMatch(/\?wP_uAAAAAAE$/);
  });

  test('takes the place of what matters less: the name, then the time; at last the end of the headline', () => {
    const link = ' https://hv.example.org/a?wP_uAAAAAAE';
    const room = 140 - link.length;
    expect(smsAt(URL, 'a'.repeat(room - REST.length))).toBe(
      'a'.repeat(room - REST.length) + REST + link,
    );
    expect(smsAt(URL, 'a'.repeat(room - REST.length + 1))).toMatch(/a\. Since 03:04 UTC https/);
    expect(smsAt(URL, 'a'.repeat(room))).toBe('a'.repeat(room) + link);
    expect(smsAt(URL, 'a'.repeat(room + 1))).toBe(`${'a'.repeat(room - 3)}...${link}`);
  });

  test('is left out where it would leave too little of what is wrong', () => {
    const long = `https://${'f'.repeat(32)}.lambda-url.eu-central-1.on.aws`;
    expect(smsAt(long, 'Host hv-1 is down')).toMatch(
      /^Host hv-1 is down.* https:.*\/a\?wP_uAAAAAAE$/,
    );
    expect(smsAt(long, 'a'.repeat(70))).toBe('a'.repeat(70) + REST);
    expect(smsAt(`https://${'f'.repeat(150)}.example`, 'down')).toBe(`down${REST}`);
  });

  test.each([
    ...[
      '',
      'http://127.0.0.1:9470',
      'http://localhost:9470',
      'http://[::1]:9470',
      'ftp://example.org',
    ],
    ...['not an address', 'https://hv.example.org/a b', 'https://hv.example.org/日'],
  ])('is none to %j, which no phone could open', (url) => {
    expect(smsAt(url, 'down')).toBe(`down${REST}`);
  });

  const anyUrl = fc.oneof(
    fc.webUrl({ withFragments: false, withQueryParameters: false }),
    fc.constantFrom('https://hv.example', 'https://hv.example.org/~ops/', 'http://10.0.0.1:9470'),
  );
  const anyFingerprint = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

  test('whatever the address and the alert: one SMS; a link that is whole, and that very alert', () => {
    fc.assert(
      fc.property(anyNotification, anyUrl, anyFingerprint, (given, url, number) => {
        const fingerprint = number.toString(16).padStart(16, '0');
        const alerts = given.alerts.map((alert) => ({ ...alert, fingerprint }));
        const notification = { ...given, alerts };
        const sms = smsOf(notification, url);
        expect(toGsm7(sms, 140)).toBe(sms);
        const bare = smsOf(notification, '');
        if (sms === bare) return;
        const at = sms.lastIndexOf(' ');
        const [said, link] = [sms.slice(0, at), sms.slice(at + 1)];
        const root = `${url.replace(/\/+$/, '')}/a?`;
        expect(link.startsWith(root)).toBe(true);
        const isGroup = alerts.filter(({ status }) => status === given.status).length !== 1;
        expect(readShortQuery(link.slice(root.length))).toEqual({
          fingerprint,
          isGroup: isGroup && alerts.length > 1,
        });
        // No phone takes the last character for the end of a sentence.
        expect(link).toMatch(/[A-Za-z0-9]$/);
        expect(bare.startsWith(said.replace(/\.\.\.$/, ''))).toBe(true);
        // What is cut loses a blank and half a character at most.
        if (!bare.startsWith(said)) expect(gsm7Length(said)).toBeGreaterThan(56);
      }),
      { numRuns: 100 },
    );
  });

  test('is read with what was put behind it, and no other', () => {
    const subject = { fingerprint: 'c0ffee0000000001', isGroup: false };
    for (const query of ['wP_uAAAAAAE', 'wP_uAAAAAAE=', 'wP_uAAAAAAE&from=sms'])
      expect(readShortQuery(query)).toEqual(subject);
    for (const query of [
      '',
      'wP_uAAAAAA',
      'wP_uAAAAAAEE',
      'wP_uAAAAAAF',
      'alert=wP_uAAAAAAE',
      '../../x/y/z',
    ])
      expect(readShortQuery(query)).toBeUndefined();
  });
});
