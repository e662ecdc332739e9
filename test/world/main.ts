import { parseArgs } from 'node:util';
import { startWorld } from './world.ts';

/** `node test/world/main.ts --port 8430`: a made world to look at, until Ctrl-C. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    hosts: { type: 'string', default: '6' },
    vms: { type: 'string', default: '8' },
    hours: { type: 'string', default: '24' },
    days: { type: 'string', default: '8' },
    judged: { type: 'string' },
    now: { type: 'string' },
    still: { type: 'boolean', default: false },
    live: { type: 'string', default: '5' },
  },
});

const beganAt = performance.now();
const world = await startWorld({
  port: Number(values.port),
  hosts: Number(values.hosts),
  vmsPerHost: Number(values.vms),
  hours: Number(values.hours),
  days: Number(values.days),
  ...(values.judged === undefined ? {} : { judgedMinutes: Number(values.judged) }),
  ...(values.now === undefined ? {} : { nowMs: Date.parse(values.now) }),
  ...(values.still ? { isStill: true } : { liveMs: Number(values.live) * 1000 }),
});
console.log(`built in ${((performance.now() - beganAt) / 1000).toFixed(1)} s`);
console.log(world.url);
for (const [role, token] of Object.entries(world.tokens)) console.log(`${role} ${token}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void world.close().finally(() => process.exit()));
