import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AlertHistory, PastAlert, RuleHistory } from '../../../core/answers/alert-history.ts';
import { ask } from '../../api/client.ts';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { CloseIcon } from '../../ui/icons.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Select } from '../../ui/select.tsx';
import { Time } from '../../ui/time.tsx';
import { HISTORY } from './history-messages.ts';
import { PastTable, RuleTable } from './history-tables.tsx';
import { matcherText } from './matchers.ts';

const SPANS = { '24h': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 } as const;
type Span = keyof typeof SPANS;
const SPAN_NAMES: readonly Span[] = ['24h', '7d', '30d'];

/** What fired, with counts for each rule, and every alert that was. Asked once: it tells of days. */
export function History(): JSX.Element {
  const [query, change] = useQuery();
  const span = SPAN_NAMES.find((one) => one === query.get('span')) ?? '7d';
  const rule = query.get('rule') ?? '';
  const { answer, past, failure, isMore, more, retry } = useHistory(span, rule);
  return (
    <div class="stack">
      <div class="row">
        <Select
          label={t(HISTORY.span)}
          hideLabel
          options={SPAN_NAMES.map((value) => ({ value, text: t(HISTORY[value]) }))}
          value={span}
          onChange={(value) => change({ span: value })}
        />
        {rule !== '' && (
          <Button icon={<CloseIcon />} onClick={() => change({ rule: undefined })}>
            {t(HISTORY.only, rule)}
          </Button>
        )}
      </div>
      {failure !== undefined && <Problem failure={failure} retry={retry} />}
      {answer === undefined
        ? failure === undefined && <Skeleton height={480} />
        : shownHistory(answer, past, isMore, more, (name) => change({ rule: name }))}
    </div>
  );
}

function shownHistory(
  answer: AlertHistory,
  past: readonly PastAlert[],
  isMore: boolean,
  more: () => void,
  choose: (rule: string) => void,
) {
  if (answer.alertsTotal === 0) return <Empty title={t(HISTORY.none)}>{t(HISTORY.noneText)}</Empty>;
  return (
    <>
      <Card title={t(HISTORY.rules)} flush>
        <RuleTable history={answer} choose={({ name }: RuleHistory) => choose(name)} />
        {answer.notificationsFromMs !== undefined && (
          <p class="quiet alert-note">
            {t(HISTORY.countedFrom)} <Time ms={answer.notificationsFromMs} />
          </p>
        )}
      </Card>
      <Card
        title={t(HISTORY.past)}
        flush
        actions={
          <span class="quiet numeric small">
            {t(HISTORY.shown, past.length, answer.alertsTotal)}
          </span>
        }
      >
        <PastTable alerts={past} />
        {past.length < answer.alertsTotal && (
          <p class="alert-note">
            <Button busy={isMore} onClick={more}>
              {t(HISTORY.more)}
            </Button>
          </p>
        )}
      </Card>
    </>
  );
}

interface Known {
  readonly key: string;
  readonly answer?: AlertHistory;
  readonly past: readonly PastAlert[];
  readonly failure?: ApiFailure;
  /** Where the list goes on. */
  readonly next?: string;
}

function useHistory(span: Span, rule: string) {
  const key = `${span} ${rule}`;
  const [known, setKnown] = useState<Known>({ key, past: [] });
  const [isMore, setMore] = useState(false);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const aborting = new AbortController();
    setKnown({ key, past: [] });
    const toMs = Date.now();
    askHistory({ fromMs: toMs - SPANS[span], toMs, rule }, aborting.signal).then(
      (answer) => setKnown({ key, answer, past: answer.alerts, ...nextOf(answer) }),
      (error) => {
        if (!aborting.signal.aborted) setKnown({ key, past: [], failure: asFailure(error) });
      },
    );
    return () => aborting.abort();
  }, [key, tries]);
  const more = async () => {
    const { answer, next } = known;
    if (answer === undefined || next === undefined) return;
    setMore(true);
    try {
      const { fromMs, toMs } = answer;
      const page = await askHistory({ fromMs, toMs, rule, cursor: next });
      setKnown({ key, answer, past: [...known.past, ...page.alerts], ...nextOf(page) });
    } catch (error) {
      setKnown({ ...known, failure: asFailure(error) });
    } finally {
      setMore(false);
    }
  };
  return { ...known, isMore, more: () => void more(), retry: () => setTries(tries + 1) };
}

function nextOf({ next }: AlertHistory): { next?: string } {
  return next === undefined ? {} : { next };
}

interface AskedHistory {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rule: string;
  readonly cursor?: string;
}

function askHistory(
  { fromMs, toMs, rule, cursor }: AskedHistory,
  signal?: AbortSignal,
): Promise<AlertHistory> {
  const ofRule = { name: 'alertname', value: rule, isRegex: false, isEqual: true };
  return ask<AlertHistory>('api/v1/alerts/history', {
    query: {
      start: String(fromMs / 1000),
      end: String(toMs / 1000),
      offset: String(-new Date(toMs).getTimezoneOffset()),
      filter: rule === '' ? undefined : matcherText(ofRule),
      cursor,
    },
    ...(signal === undefined ? {} : { signal }),
  });
}
