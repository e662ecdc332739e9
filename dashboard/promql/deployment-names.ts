import { ask } from '../api/client.ts';
import { createNames, type Names } from './names.ts';

/**
 * What is looked at: two whole minutes or three, so some 0.3 read units a host where nothing narrows it. A metric
 * that comes more rarely is not offered, and can be written all the same.
 */
const LOOK_BACK_S = 150;
/** Lists of all VMs of a large fleet are this long. */
const MAX_NAMES = 10_000;
/** The catalogue's names are there at once; those of a busy table may come with the next letter. */
const WAIT_MS = 400;

let made: Names | undefined;

/** Names of this deployment, remembered while the page is open. */
export function deploymentNames(): Names {
  made ??= createNames(
    {
      labelNames: (selector) => ask('api/v1/labels', { query: recently(selector) }),
      labelValues: (label, selector) =>
        ask(`api/v1/label/${encodeURIComponent(escaped(label))}/values`, {
          query: recently(selector),
        }),
    },
    Date.now,
    () => new Promise((resolve) => setTimeout(resolve, WAIT_MS)),
  );
  return made;
}

function recently(selector: string | undefined) {
  const nowS = Math.floor(Date.now() / 1000);
  return {
    start: String(nowS - LOOK_BACK_S),
    end: String(nowS),
    limit: String(MAX_NAMES),
    'match[]': selector,
  };
}

/** Prometheus' value encoding, for names that are not its own kind. */
function escaped(label: string): string {
  if (/^[A-Za-z_]\w*$/.test(label)) return label;
  const chars = [...label].map((char) => {
    if (char === '_') return '__';
    return /[A-Za-z0-9]/.test(char) ? char : `_${(char.codePointAt(0) ?? 0).toString(16)}_`;
  });
  return `U__${chars.join('')}`;
}
