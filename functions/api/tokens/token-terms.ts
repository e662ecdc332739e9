import * as v from 'valibot';
import { AREAS, type Area } from '../../../core/area.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { mayAs, ROLES } from '../../../core/role.ts';
import { DAY_MS, isoTime } from '../../../core/time.ts';
import type { ApiTokenTerms } from '../../store/api-tokens.ts';
import { type Caller, personOf } from '../authenticate.ts';
import { type ApiError, badData } from '../reply.ts';
import { lastingMs } from './body.ts';

/**
 * Who may make what token. Nobody makes one that may more than its maker, and no token, unless an admin's, one
 * that outlives it: whoever finds a token has it until its end, and no longer.
 */

const PERSONAL_MAX_DAYS = 366;
const PERSONAL_DEFAULT_DAYS = 90;
/** Five years: a service's token is changed by whoever looks after it, but not never. */
const SERVICE_MAX_DAYS = 1827;
const SERVICE_DEFAULT_DAYS = 366;
const NAME_MAX_CHARS = 100;

/** What is open to a token for which nothing else is asked: it makes no others. */
const USUAL_AREAS: readonly Area[] = AREAS.filter((area) => area !== 'tokens');

/** Letters of any script, spaces within; nothing that can't be seen. */
const NAME_FORMAT = /^[^\s\p{C}](?:[^\p{C}\p{Zl}\p{Zp}]*[^\s\p{C}])?$/u;

const NAME_MESSAGE = `must be 1 to ${NAME_MAX_CHARS} characters, none of them a control character`;

/** The body of `POST /api/v1/tokens`. */
export const TokenWish = v.strictObject(
  {
    name: v.pipe(
      v.string('must be a text that says what the token is for'),
      v.maxLength(NAME_MAX_CHARS, NAME_MESSAGE),
      v.regex(NAME_FORMAT, NAME_MESSAGE),
    ),
    kind: v.optional(
      v.picklist(['personal', 'service'], 'must be "personal" or "service"'),
      'personal',
    ),
    role: v.optional(v.picklist(ROLES, `must be one of ${ROLES.join(', ')}`), 'viewer'),
    /** Absent: as is usual for its kind. */
    expires: v.optional(lastingMs(SERVICE_MAX_DAYS * DAY_MS, `${SERVICE_MAX_DAYS} days`)),
    areas: v.optional(
      v.pipe(
        v.array(v.picklist(AREAS, `must be one of ${AREAS.join(', ')}`), 'must be a list'),
        v.minLength(1, 'must name one area at least'),
        v.transform((areas) => AREAS.filter((area) => areas.includes(area))),
      ),
    ),
  },
  'must be {"name": NAME}, and may have "kind", "role", "expires" and "areas"',
);
export type TokenWish = v.InferOutput<typeof TokenWish>;

/** What a caller gets who asks for that, or why not. */
export function grantToken(
  caller: Caller,
  wish: TokenWish,
  nowMs: number,
): Result<ApiTokenTerms, ApiError> {
  const { kind, role } = wish;
  const person = personOf(caller);
  if (kind === 'service' && caller.role !== 'admin')
    return forbidden(`a service's token takes the role admin; you have ${caller.role}`);
  if (kind === 'service' && !isServiceName(wish.name))
    return err(badData('name: that of a service has no "@", and is not one that records have'));
  if (kind === 'personal' && person === undefined)
    return forbidden(
      'a personal token is made by a person who has signed in; with this token an admin makes those of services ("kind": "service")',
    );
  if (!mayAs(caller.role, role))
    return forbidden(`you have the role ${caller.role} and can't make a token with ${role}`);
  const areas = grantAreas(caller, wish.areas);
  if (!areas.ok) return areas;
  const endsAtMs = grantEnd(caller, wish, nowMs);
  if (!endsAtMs.ok) return endsAtMs;
  const owner = kind === 'personal' ? person : undefined;
  return ok({ role, owner, areas: areas.value, endsAtMs: endsAtMs.value, by: caller.name });
}

/** On record for what no token did. */
const TAKEN_NAMES = new Set(['deployment', 'user pool']);

/** A service is on record by its name alone: it must not look like a person's, or like what we write ourselves. */
function isServiceName(name: string): boolean {
  const plain = name.normalize('NFKC').toLowerCase();
  return !plain.includes('@') && !TAKEN_NAMES.has(plain);
}

function grantAreas(
  { token }: Caller,
  wanted: readonly Area[] | undefined,
): Result<readonly Area[], ApiError> {
  const open = token?.areas ?? AREAS;
  const areas = wanted ?? USUAL_AREAS.filter((area) => open.includes(area));
  const beyond = areas.filter((area) => !open.includes(area));
  if (beyond.length > 0)
    return forbidden(`your token is not for ${beyond.join(', ')}, so it can't make one that is`);
  if (areas.length === 0)
    return forbidden('your token is for tokens only: name the areas of the one it is to make');
  return ok(areas);
}

function grantEnd(
  { token, role }: Caller,
  { kind, expires }: TokenWish,
  nowMs: number,
): Result<number, ApiError> {
  const isPersonal = kind === 'personal';
  if (isPersonal && expires !== undefined && expires > PERSONAL_MAX_DAYS * DAY_MS)
    return err(badData(`expires: at most ${PERSONAL_MAX_DAYS} days for a personal token`));
  const usualDays = isPersonal ? PERSONAL_DEFAULT_DAYS : SERVICE_DEFAULT_DAYS;
  const endsAtMs = nowMs + (expires ?? usualDays * DAY_MS);
  const bound = role === 'admin' ? undefined : token?.endsAtMs;
  if (bound === undefined || endsAtMs <= bound) return ok(endsAtMs);
  if (expires === undefined) return ok(bound);
  return forbidden(`your token ends at ${isoTime(bound)}, and can't make one that ends later`);
}

function forbidden(message: string): Result<never, ApiError> {
  return err({ kind: 'forbidden', message });
}
