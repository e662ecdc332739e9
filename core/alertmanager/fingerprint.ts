import { quote } from '../promql/string-literal.ts';
import { compareBytes } from './byte-order.ts';
import type { Route } from './config-types.ts';
import type { AlertLabels } from './matcher.ts';

const SEPARATOR = 0xff; // no byte of any UTF-8 text

const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
const PRIME_LOW = 0x1b3; // the prime is 2^40 + 0x1b3

/**
 * What identifies an alert: 16 hex digits made of its labels, the same as Alertmanager's. FNV-1a of
 * 64 bits over the names in order, each followed by its value, a byte 0xff after each. Source:
 * prometheus/common/model, labelSetToFingerprint.
 */
export function fingerprint(labels: AlertLabels): string {
  const hash = new Fnv1a();
  for (const name of Object.keys(labels).sort(compareBytes)) {
    hash.addText(name);
    hash.addByte(SEPARATOR);
    hash.addText(labels[name] ?? '');
    hash.addByte(SEPARATOR);
  }
  return hash.hex();
}

/**
 * Identifies a group of alerts: `{}/{severity="critical"}:{alertname="VmDown", host="a"}`. It is
 * Alertmanager's key too, save where sibling routes have the same matchers: there `route.id` tells
 * their groups apart. Stays the same while the route does.
 */
export function groupKey({ id }: Pick<Route, 'id'>, groupLabels: AlertLabels): string {
  const labels = Object.keys(groupLabels)
    .sort(compareBytes)
    .map((name) => `${name}=${quote(groupLabels[name] ?? '')}`);
  return `${id}:{${labels.join(', ')}}`;
}

/** Two halves of 32 bits: fingerprints are made for every alert of every tick, and BigInt is slow. */
class Fnv1a {
  private high = OFFSET_HIGH;
  private low = OFFSET_LOW;

  addByte(byte: number): void {
    const low = (this.low ^ byte) >>> 0;
    const product = low * PRIME_LOW; // below 2^41
    const carry = Math.floor(product / 2 ** 32);
    this.high = (Math.imul(this.high, PRIME_LOW) + (low << 8) + carry) >>> 0;
    this.low = product >>> 0;
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) {
        this.addByte(unit);
        continue;
      }
      for (const byte of new TextEncoder().encode(text.slice(i))) this.addByte(byte);
      return;
    }
  }

  hex(): string {
    return [this.high, this.low].map((half) => half.toString(16).padStart(8, '0')).join('');
  }
}
