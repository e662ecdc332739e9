import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NotifySettings } from '../../../core/alerting/notify.ts';
import { FLAPPING } from '../../../core/alertmanager/flapping.ts';
import { createMatcher } from '../../../core/alertmanager/parse-matcher.ts';
import type { Silence } from '../../../core/alertmanager/silence.ts';
import { ROUTING_FILE } from '../../../core/delivery/routing-files.ts';
import { ok } from '../../../core/result.ts';
import { loadRouting } from '../../../functions/evaluate/routing.ts';
import { LOCAL_TOPICS } from '../../local/local-topics.ts';
import type { ApiClient } from '../client.ts';
import { type Outcome, trouble } from '../failure.ts';
import { readRoutingFile } from '../routing-file.ts';
import { readSilences, writtenMatchers } from '../silences.ts';

/** Who is told in a replay, and what says so. */
interface BacktestRouting {
  /** A file, or words for the default. */
  readonly source: string;
  readonly notify: NotifySettings;
}

/** The routing named, or that of the first rule file's folder, as a deployment of it would have. */
export async function readBacktestRouting(
  ruleFiles: readonly string[],
  { routing, silences }: { readonly routing?: string; readonly silences?: true },
  client: ApiClient,
): Promise<Outcome<BacktestRouting>> {
  const folder = dirname(ruleFiles[0] ?? '');
  const file = routing ?? join(folder, ROUTING_FILE);
  const isDefault = routing === undefined && !existsSync(file);
  const files = isDefault ? ok(loadRouting(folder, LOCAL_TOPICS)) : readRoutingFile(file);
  if (!files.ok) return trouble(files.error.join('\n'));
  const muting = silences === true ? await pastSilences(client) : ok([]);
  if (!muting.ok) return muting;
  const notify: NotifySettings = {
    config: files.value.config,
    escalations: files.value.escalations,
    silences: muting.value,
    acknowledgements: [],
    flapping: FLAPPING,
    externalUrl: '',
  };
  return ok({ source: isDefault ? `the default, as there is no ${file}` : file, notify });
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
