import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AlertBoard } from '../../../core/answers/alert-board.ts';
import { useCaller } from '../../api/caller.ts';
import { useQuery } from '../../app/router.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { PlusIcon } from '../../ui/icons.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { useNow } from '../../ui/time.tsx';
import { readOldLink, VIEWS, type View, viewOf } from './address.ts';
import { useRefusal } from './alert-acts.tsx';
import './alerts.css';
import { useBoard } from './board.ts';
import { BoardList } from './board-list.tsx';
import { countOf, titleOf } from './board-view.ts';
import { History } from './history.tsx';
import { matcherText, readFilter, readMatchers } from './matchers.ts';
import { ALERTS, VIEW_TITLES } from './messages.ts';
import { NameQuestion } from './name.tsx';
import { OneAlert } from './one-alert.tsx';
import { type FirstSilence, openSilence, SilenceDialog } from './silence-dialog.tsx';
import { SilenceList } from './silence-list.tsx';
import { SILENCES } from './silence-messages.ts';

/** All alerts; or one, where the address names it. */
export function Page(): JSX.Element {
  const [query] = useQuery();
  useOldLinks();
  const fingerprint = query.get('alert') ?? '';
  const at = Number(query.get('at') || Number.NaN);
  return (
    <>
      {fingerprint === '' ? (
        <AllAlerts />
      ) : (
        <OneAlert
          key={fingerprint}
          fingerprint={fingerprint}
          atMs={Number.isNaN(at) ? undefined : at}
        />
      )}
      <SilenceDialog />
      <NameQuestion />
    </>
  );
}

/** Links of Alertmanager's messages: what follows `#` becomes what the page understands. */
function useOldLinks(): void {
  const [, change] = useQuery();
  useEffect(() => {
    const follow = () => {
      const link = readOldLink(location.hash);
      if (link === undefined) return;
      history.replaceState(null, '', location.pathname + location.search);
      if (link.isSilence) openSilence(silenceOf(link.filter));
      else change({ filter: link.filter || undefined, from: MESSAGE }, 'replace');
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
}

/** The address came with a message: at night, on a phone. */
const MESSAGE = 'message';

/** Where a message is about one alert, that alert is opened: nobody has to look for it in a list of one. */
function useOnlyOne(board: AlertBoard | undefined): void {
  const [query, change] = useQuery();
  const isFromMessage = query.get('from') === MESSAGE;
  useEffect(() => {
    if (!isFromMessage || board === undefined) return;
    const [only, ...others] = board.alerts.filter(({ state }) => state === 'firing');
    const one = only !== undefined && others.length === 0 ? only.fingerprint : undefined;
    const shown = one === undefined ? {} : { alert: one, filter: undefined };
    change({ ...shown, from: undefined }, 'replace');
  }, [isFromMessage, board]);
}

/** A message's short link names one alert of several: shows all that people are told of together with it. */
function useGroupOf(board: AlertBoard | undefined): void {
  const [query, change] = useQuery();
  const fingerprint = query.get('with') ?? '';
  useEffect(() => {
    if (fingerprint === '' || board === undefined) return;
    const [group] = board.alerts.find((one) => one.fingerprint === fingerprint)?.groups ?? [];
    const filter = Object.entries(group?.groupLabels ?? {})
      .map(([name, value]) => matcherText({ name, value, isRegex: false, isEqual: true }))
      .join(', ');
    change({ with: undefined, filter: filter || undefined, from: filter && MESSAGE }, 'replace');
  }, [fingerprint, board]);
}

/** A silence of what matchers choose, with a reason to begin with where they name an alert. */
function silenceOf(text: string): FirstSilence {
  const { matchers } = readMatchers(text);
  const title = titleOf(Object.fromEntries(matchers.map(({ name, value }) => [name, value])));
  return { matchers, comment: title === '' ? '' : t(SILENCES.commentDefault, title) };
}

function AllAlerts(): JSX.Element {
  const [query, change] = useQuery();
  const view = viewOf(query);
  const filter = query.get('filter') ?? '';
  const { data, failure, atMs, refresh } = useBoard(filter);
  const refused = useRefusal('silence');
  const caller = useCaller();
  useGroupOf(data);
  useOnlyOne(data);
  const firing = data?.counts.firing ?? 0;
  const title = t(ALERTS.title);
  return (
    <PageFrame
      title={title}
      documentTitle={firing > 0 ? `(${firing}) ${title}` : title}
      lead={data === undefined ? <span class="alert-age">&nbsp;</span> : <Age board={data} />}
      actions={
        <Button icon={<PlusIcon />} reason={refused} onClick={() => openSilence(silenceOf(filter))}>
          {t(ALERTS.newSilence)}
        </Button>
      }
    >
      {refused !== undefined && <p class="quiet">{t(ALERTS.mayNot, caller?.role ?? '')}</p>}
      {failure !== undefined && (
        <Problem
          failure={failure}
          staleMs={data === undefined ? undefined : atMs}
          retry={refresh}
        />
      )}
      {data !== undefined && <LateTicks board={data} />}
      {view !== 'history' && (
        <FilterField
          filter={filter}
          onChange={(text) => change({ filter: text === '' ? undefined : text }, 'replace')}
        />
      )}
      <Tabs<View>
        label={t(ALERTS.views)}
        tabs={VIEWS.map((id) => ({ id, title: tabTitle(id, data) }))}
        selected={view}
        onSelect={(id) => change({ view: id === 'firing' ? undefined : id })}
      >
        {viewOfBoard(view, data, filter, () => change({ filter: undefined }))}
      </Tabs>
    </PageFrame>
  );
}

function viewOfBoard(
  view: View,
  board: AlertBoard | undefined,
  filter: string,
  clear: () => void,
): ComponentChildren {
  if (view === 'history') return <History />;
  if (board === undefined) return <Skeleton height={320} />;
  if (view === 'silences') return <SilenceList silences={board.silences} />;
  return <BoardList {...{ view, board, filter, clear }} />;
}

function tabTitle(view: View, board: AlertBoard | undefined) {
  const count = board === undefined ? undefined : countOf(view, board);
  return (
    <>
      {t(VIEW_TITLES[view])}
      {count !== undefined && <span class="alert-count">{count.toLocaleString('en')}</span>}
    </>
  );
}

const TYPED_MS = 400;

/** Looks for what was typed once the typing has stopped. */
function FilterField(props: { filter: string; onChange: (text: string) => void }) {
  const { filter, onChange } = props;
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  useEffect(() => {
    if (text === filter) return;
    const timer = setTimeout(() => onChange(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { rest } = readMatchers(text);
  // A word may have such signs in it; while it is typed it is not finished.
  const isOdd = /[=~]/.test(text) && readFilter(text).word !== '' && text === filter;
  return (
    <TextField
      label={t(ALERTS.filter)}
      hideLabel
      type="search"
      search
      code
      placeholder={t(ALERTS.filterHelp)}
      value={text}
      onChange={setText}
      onEnter={() => onChange(text)}
      error={isOdd ? t(ALERTS.filterBad, rest) : undefined}
    />
  );
}

/** How old what is shown is. */
function Age({ board }: { readonly board: AlertBoard }) {
  useNow();
  const { atMs, lastTickMs } = board;
  const age = formatDuration(Math.max(0, atMs - lastTickMs));
  return (
    <span class="alert-age numeric">
      {t(ALERTS.asOf, formatClock(atMs))} ·{' '}
      {lastTickMs === 0 ? t(ALERTS.neverEvaluated) : t(ALERTS.evaluated, age)}
    </span>
  );
}

/** Ticks come every minute; then something is wrong with them. */
const LATE_MS = 5 * 60_000;

function LateTicks({ board: { atMs, lastTickMs } }: { readonly board: AlertBoard }) {
  if (lastTickMs === 0 || atMs - lastTickMs < LATE_MS) return null;
  return (
    <p class="alert-late" role="alert">
      {t(ALERTS.late, formatDuration(atMs - lastTickMs))}
    </p>
  );
}
