import { DAY_MS, HOUR_MS, isoTime } from '../../core/time.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import type { Fleet } from './fleet.ts';
import { minutes } from './spans.ts';

/** Tokens of the people in the world, each with their role. */
export interface People {
  /** Anna's. */
  readonly admin: string;
  /** Wei's. */
  readonly operator: string;
  /** Sam's. */
  readonly viewer: string;
}

export const ANNA = 'anna.berger@example.com';
export const WEI = 'li.wei@example.com';
export const SAM = 'sam.okafor@example.com';

/** Makes the people's tokens, those of services, enrolment tokens and the hosts' keys, each at its time. */
export async function settlePeople(table: Table, { nowMs, hosts }: Fleet): Promise<People> {
  const at = (days: number) => nowMs - days * DAY_MS;
  const personal = (owner: string, role: 'admin' | 'operator' | 'viewer', days: number) =>
    addApiToken(table, 'dashboard', at(days), {
      ...{ role, owner, by: owner, endsAtMs: nowMs + (90 - days) * DAY_MS },
    });
  const [admin, operator, viewer] = await Promise.all([
    personal(ANNA, 'admin', 20),
    personal(WEI, 'operator', 12),
    personal(SAM, 'viewer', 3),
    addApiToken(table, 'Grafana', at(61), {
      ...{ role: 'viewer', areas: ['metrics', 'alerts'], by: ANNA, endsAtMs: nowMs + 305 * DAY_MS },
    }),
    addApiToken(table, 'maintenance script', at(40), {
      ...{ role: 'operator', areas: ['alerts'], by: ANNA, endsAtMs: nowMs + 9 * DAY_MS },
    }),
    addApiToken(table, 'laptop (amtool)', at(95), {
      ...{ role: 'operator', owner: WEI, by: WEI, endsAtMs: at(5) },
    }),
  ]);
  const terms = { mayReEnrol: false };
  const of = { ...terms, uses: 20, expiresAtMs: nowMs + 6 * HOUR_MS, hosts: 'hv-ams-*' };
  await addEnrolmentToken(table, of, nowMs - HOUR_MS);
  await addEnrolmentToken(table, { ...terms, uses: 1, expiresAtMs: at(1) }, at(2));
  for (const { name } of hosts.slice(0, 100)) await addHostKey(table, name, at(30));
  await pastAudit(table, nowMs);
  return { admin, operator, viewer };
}

/** What was changed in the days before the world begins to move. */
async function pastAudit(table: Table, nowMs: number): Promise<void> {
  const notes: readonly [
    minutesAgo: number,
    who: string,
    action: string,
    subject: string,
    after: unknown,
  ][] = [
    [
      61 * 1440,
      ANNA,
      'token.add',
      'token-5c01d2aa90e1',
      { name: 'Grafana', kind: 'service', role: 'viewer', areas: ['metrics', 'alerts'] },
    ],
    [20 * 1440, ANNA, 'session.begin', ANNA, { role: 'admin' }],
    [
      9 * 1440 + 34,
      ANNA,
      'enrolment-token.add',
      'enrol-77ab10c9e2d4',
      { uses: 3, hosts: 'hv-fra-*' },
    ],
    [
      5 * 1440 + 8,
      WEI,
      'silence.add',
      '7d1e0c6a-3f0b-4a5e-9f5e-0a8b3f6c2d11',
      {
        matchers: ['host="hv-fra-02"'],
        endsAt: isoTime(nowMs - 5 * DAY_MS),
        comment: 'BIOS update',
      },
    ],
    [5 * 1440 + 2, WEI, 'silence.end', '7d1e0c6a-3f0b-4a5e-9f5e-0a8b3f6c2d11', undefined],
    [2 * 1440 + 55, ANNA, 'key.revoke', 'hv-fra-09', undefined],
    [2 * 1440, ANNA, 'enrolment-token.add', 'enrol-18f0a2c47b55', { uses: 1 }],
    [26 * 60, WEI, 'session.begin', WEI, { role: 'operator' }],
    [160, SAM, 'session.begin', SAM, { role: 'viewer' }],
  ];
  for (const [minutesAgo, who, action, subject, after] of notes) {
    const log = createAuditLog(table, () => nowMs - minutes(minutesAgo));
    await log.note({ who, action, subject, ...(after === undefined ? {} : { after }) });
  }
}
