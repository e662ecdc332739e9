import * as v from 'valibot';
import {
  ADDED_PROTOCOLS,
  isCostlyNumber,
  PHONE_FORMAT,
  plainNumber,
  type SubscriptionTopic,
} from '../../../core/answers/subscriptions.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { DAY_MS } from '../../../core/time.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiRequest } from '../http.ts';
import { type ApiData, type ApiError, badData } from '../reply.ts';
import { readJsonBody } from '../tokens/body.ts';
import { findSubscriptions } from './list.ts';
import { refused, type SubscriptionPorts, subscriptionId } from './ports.ts';

/** Added here and not removed, in all: a longer list wants an address of its own. */
const ADDED_MAX = 200;
/** Phones, of them: each costs with every alert. */
const PHONES_MAX = 20;
/** In a day, removed ones too: to ask an address whether it agrees is to send it something. */
const ADDED_DAY_MAX = 50;
/** The note that says that somebody is adding; and after how long they have been cut short. */
const ADDING = 'adding';
const ADDING_LEASE_MS = 60_000;
const ADDRESS_MAX_CHARS = 254;

const TOPICS = ['critical', 'warning', 'info', 'operations'] as const;

const Wish = v.strictObject(
  {
    protocol: v.picklist(ADDED_PROTOCOLS, `must be one of ${ADDED_PROTOCOLS.join(', ')}`),
    address: v.pipe(v.string('must be a text'), v.trim(), v.maxLength(ADDRESS_MAX_CHARS)),
    topics: v.pipe(
      v.array(v.picklist(TOPICS, `must be one of ${TOPICS.join(', ')}`), 'must be a list'),
      v.minLength(1, 'must name one topic at least'),
      v.transform((topics) => TOPICS.filter((topic) => topics.includes(topic))),
    ),
  },
  'must be {"protocol": "email" or "sms", "address": ADDRESS, "topics": LIST}',
);
type Wish = v.InferOutput<typeof Wish>;

/** `POST /api/v1/subscriptions`. An email address is asked whether it agrees, a phone number is not. */
export async function addSubscription(
  request: Pick<ApiRequest, 'body' | 'mediaType'>,
  caller: Caller,
  ports: SubscriptionPorts,
): Promise<Result<ApiData, ApiError>> {
  const read = readJsonBody(request, Wish);
  if (!read.ok) return read;
  const wish = checked(read.value);
  if (!wish.ok) return wish;
  const { protocol, address, topics } = wish.value;
  const missing = topics.find((topic) => !ports.topics.has(topic));
  if (missing !== undefined) return err(badData(`topics: there is no ${missing} here`));
  const found = await findSubscriptions(ports);
  if (!found.ok) return refused(found.error);
  const isSame = (other: string) => other.toLowerCase() === address.toLowerCase();
  const known = new Set(
    found.value
      .filter((one) => one.protocol === protocol && isSame(one.address))
      .map(({ topic }) => topic),
  );
  const added = topics.filter((topic) => !known.has(topic));
  if (added.length === 0)
    return err({
      kind: 'conflict',
      message: `${address} is subscribed to ${topics.join(', ')} already`,
    });
  return alone(caller, ports, async () => {
    const full = await boundError(wish.value, added.length, ports);
    if (full !== undefined) return err(full);
    for (const topic of added) {
      const done = await addOne(topic, wish.value, caller, ports);
      if (!done.ok) return done;
    }
    return ok({ json: JSON.stringify({ added }) });
  });
}

/** One after the other, whichever function is asked: many at once would each find that there is room. */
async function alone(
  caller: Caller,
  { notes, nowMs }: SubscriptionPorts,
  add: () => Promise<Result<ApiData, ApiError>>,
): Promise<Result<ApiData, ApiError>> {
  const now = nowMs();
  const before = (await notes.list(now)).find(({ id }) => id === ADDING);
  const isTaken = before !== undefined && before.removedAtMs === undefined;
  if (isTaken && now - before.sentAtMs < ADDING_LEASE_MS) return addingNow();
  const revision = before?.revision ?? 0;
  const times = { addedAtMs: now, sentAtMs: now };
  const note = { id: ADDING, revision, topic: 'critical', by: caller.name, ...times };
  if (!(await notes.put(note, now, true))) return addingNow();
  try {
    return await add();
  } finally {
    const over = { ...note, revision: revision + 1, removedAtMs: nowMs() };
    // Else it ends by itself.
    await notes.put(over, nowMs()).catch(() => false);
  }
}

function addingNow(): Result<never, ApiError> {
  const message = 'somebody else is adding addresses just now';
  return err({ kind: 'too_many', message, retryAfterMs: 2000 });
}

function checked(wish: Wish): Result<Wish, ApiError> {
  if (wish.protocol === 'email') {
    if (v.is(v.pipe(v.string(), v.email()), wish.address)) return ok(wish);
    return err(badData(`address: ${JSON.stringify(wish.address)} is no email address`));
  }
  const address = plainNumber(wish.address);
  if (!PHONE_FORMAT.test(address))
    return err(
      badData('address: a phone number begins with "+" and the country: +14155550123 (E.164)'),
    );
  if (isCostlyNumber(address))
    return err(badData(`address: ${address} is no one country's: messages there are costly`));
  return ok({ ...wish, address });
}

async function boundError(
  { protocol }: Wish,
  more: number,
  { notes, nowMs }: SubscriptionPorts,
): Promise<ApiError | undefined> {
  const now = nowMs();
  const all = (await notes.list(now)).filter((note) => note.protocol !== undefined);
  const holding = all.filter(({ removedAtMs }) => removedAtMs === undefined);
  if (holding.length + more > ADDED_MAX)
    return badData(
      `${holding.length} subscriptions were added here, and at most ${ADDED_MAX} are kept`,
    );
  const phones = new Set(
    holding.filter((note) => note.protocol === 'sms').map(({ address }) => address),
  );
  if (protocol === 'sms' && phones.size >= PHONES_MAX)
    return badData(`${phones.size} phones were added here, and at most ${PHONES_MAX} are kept`);
  const lately = all.filter(({ addedAtMs }) => addedAtMs > now - DAY_MS);
  if (lately.length + more <= ADDED_DAY_MAX) return undefined;
  const oldest = Math.min(...lately.map(({ addedAtMs }) => addedAtMs));
  const message = `${lately.length} subscriptions were added within a day, and at most ${ADDED_DAY_MAX} are`;
  return { kind: 'too_many', message, retryAfterMs: oldest + DAY_MS - now };
}

/** First the note, then SNS: what is not noted could not be removed here, and would not be counted. */
async function addOne(
  topic: SubscriptionTopic,
  { protocol, address }: Wish,
  caller: Caller,
  { sns, topics, notes, audit, nowMs }: SubscriptionPorts,
): Promise<Result<void, ApiError>> {
  const id = subscriptionId(topic, protocol, address);
  const now = nowMs();
  const { revision = 0 } = (await notes.list(now)).find((note) => note.id === id) ?? {};
  const times = { addedAtMs: now, sentAtMs: now };
  const note = { id, revision, topic, protocol, address, by: caller.name, ...times };
  const after = { topic, protocol, address };
  const result = await audit.record(
    { who: caller.name, action: 'subscription.add', subject: id, after },
    async () => {
      if (!(await notes.put(note, now))) return busy();
      const done = await sns.subscribe(topics.get(topic) ?? '', protocol, address);
      if (done.ok) return done;
      await notes.put({ ...note, revision: revision + 1, removedAtMs: nowMs() }, nowMs());
      return refused(done.error);
    },
    (done) => (done.ok ? undefined : done.error.message),
  );
  return result;
}

function busy(): Result<never, ApiError> {
  return err({ kind: 'conflict', message: 'somebody else is adding the same just now' });
}
