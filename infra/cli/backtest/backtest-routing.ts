import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NotifySettings } from '../../../core/alerting/notify.ts';
import { FLAPPING } from '../../../core/alertmanager/flapping.ts';
import { createMatcher } from '../../../core/alertmanager/parse-matcher.ts';
import type { Silence } from '../../../core/alertmanager/silence.ts';
import { ok } from '../../../core/result.ts';
import { reasonOf } from '../../local/start-failure.ts';
import type { ApiClient } from '../client.ts';
import { type Outcome, trouble } from '../failure.ts';
import { ROUTING_FILE, readEscalations, readRouting } from '../routing-file.ts';
import { readSilences, writtenMatchers } from '../silences.ts';

/** Who is told in a replay, and the file that says so; neither when there is no such file. */
interface BacktestRouting {
  readonly file?: string;
  readonly notify?: NotifySettings;
}

const ESCALATIONS_FILE = 'escalations.yaml';

/** The routing named, or what lies beside the first rule file as in a deployment's folder. */
export async function readBacktestRouting(
  ruleFiles: readonly string[],
  { routing, silences }: { readonly routing?: string; readonly silences?: true },
  client: ApiClient,
): Promise<Outcome<BacktestRouting>> {
  const file = routing ?? join(dirname(ruleFiles[0] ?? ''), ROUTING_FILE);
  if (routing === undefined && !existsSync(file)) return ok({});
  try {
    const config = readRouting(readFileSync(file, 'utf8'), file, process.env);
    if (!config.ok) return trouble(config.error.join('\n'));
    const besides = join(dirname(file), ESCALATIONS_FILE);
    const escalations = existsSync(besides)
      ? readEscalations(readFileSync(besides, 'utf8'), besides, config.value)
      : ok([]);
    if (!escalations.ok) return trouble(escalations.error.join('\n'));
    const muting = silences === true ? await pastSilences(client) : ok([]);
    if (!muting.ok) return muting;
    const notify: NotifySettings = {
      config: config.value,
      escalations: escalations.value,
      silences: muting.value,
      acknowledgements: [],
      flapping: FLAPPING,
      externalUrl: '',
    };
    return ok({ file, notify });
  } catch (error) {
    return trouble(`${file}: ${reasonOf(error)}`);
  }
}

/** Silences as they were, as far back as they are kept. */
async function pastSilences(client: ApiClient): Promise<Outcome<readonly Silence[]>> {
  const found = await readSilences(client, true);
  if (!found.ok) return found;
  const silences: Silence[] = [];
  for (const silence of found.value) {
    const { id, startsAt, endsAt, createdBy, comment } = silence;
    const matchers = writtenMatchers(silence).flatMap(({ name, op, value }) => {
      const matcher = createMatcher(name, op, value);
      return matcher.ok ? [matcher.value] : [];
    });
    const times = { startsAtMs: startsAt, endsAtMs: endsAt, updatedAtMs: startsAt };
    silences.push({ id, matchers, ...times, createdBy, comment });
  }
  return ok(silences);
}
