import { setTimeout as sleep } from 'node:timers/promises';
import { createCollectors } from '../../agent/collectors/list.ts';

/*
 * node series-of.ts [UID]: prints the series an agent finds here, as JSON. With a UID it becomes that
 * user first, in no group but its own and with no capability left.
 */

const WITHIN_MS = 5000;
/** Rates need two samples. */
const BETWEEN_MS = 1500;

const uid = Number(process.argv[2] ?? 0);
if (uid !== 0) {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
const { collectors, close } = createCollectors('/');
const series: string[] = [];
for (const isLast of [false, true]) {
  for (const collector of collectors) {
    const context = { nowMs: Date.now(), withinMs: WITHIN_MS };
    const found = await collector.collect(context).catch(() => 'failed' as const);
    if (!isLast) continue;
    if (found === 'failed') series.push(`failed: ${collector.name}`);
    else if (found !== 'absent') {
      for (const { name, labels } of found) series.push(`${name} ${JSON.stringify(labels)}`);
    }
  }
  if (!isLast) await sleep(BETWEEN_MS);
}
await close();
console.log(JSON.stringify(series));
