import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { RoutingAnswer, RoutingTestAnswer } from '../../../core/answers/routing.ts';
import { ask } from '../../api/client.ts';
import { usePolled } from '../../api/poll.ts';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Card } from '../../ui/card.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { labelsOf } from './labels.ts';
import { ROUTING } from './messages.ts';
import { Escalations, Inhibition, Intervals, Receivers } from './parts.tsx';
import './routing.css';
import { RouteTree } from './route-tree.tsx';
import { pathOf, routeNumbers } from './tree.ts';
import { Verdict } from './verdict.tsx';
import { WhichAlert } from './which-alert.tsx';

/** The configuration changes with a deployment, time intervals by the minute; no item of the table is read. */
const ROUTING_EVERY_MS = 60_000;
/** Reads the state and the silences, as a list of alerts does. */
const TEST_EVERY_MS = 30_000;

/** About what a verdict takes: what is below it stays where it is. */
const VERDICT_HEIGHT = 240;

/** Who is told of which alert, and where one alert would go. Its labels stand in the address. */
export function Page(): JSX.Element {
  const [query] = useQuery();
  const labels = useMemo(() => labelsOf(query), [query]);
  const isAsked = Object.keys(labels).length > 0;
  const routing = usePolled(
    'routing',
    (signal) => ask<RoutingAnswer>('api/v1/routing', { signal }),
    ROUTING_EVERY_MS,
  );
  const tested = usePolled(
    isAsked ? `routing test ${JSON.stringify(labels)}` : '',
    (signal) => ask<RoutingTestAnswer>('api/v1/routing/test', { json: { labels }, signal }),
    TEST_EVERY_MS,
  );
  const answer = isAsked ? tested.data : undefined;
  const { data, failure, atMs, refresh } = routing;
  return (
    <PageFrame title={t(ROUTING.title)} lead={t(ROUTING.lead)}>
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      {data !== undefined && data.errors.length > 0 && <Mistakes routing={data} />}
      <div class="routing">
        <div class="routing-side">
          <Card title={t(ROUTING.test)}>
            <WhichAlert labels={labels} />
            {isAsked && tested.failure !== undefined && (
              <Problem failure={tested.failure} staleMs={tested.atMs} retry={tested.refresh} />
            )}
            {isAsked && answer === undefined && tested.failure === undefined && (
              <Skeleton height={VERDICT_HEIGHT} />
            )}
            {answer !== undefined && data !== undefined && (
              <Verdict answer={answer} routing={data} />
            )}
          </Card>
        </div>
        <div class="routing-main">
          <Card title={t(ROUTING.tree)}>
            <p class="quiet small">{t(ROUTING.treeHelp)}</p>
            {data === undefined ? (
              <Skeleton lines={12} />
            ) : (
              <RouteTree
                root={data.route}
                receivers={data.receivers}
                path={pathOf(answer)}
                numbers={routeNumbers(data.route)}
              />
            )}
          </Card>
        </div>
      </div>
      {data !== undefined && (
        <>
          <Receivers routing={data} />
          <Intervals routing={data} />
          <Inhibition routing={data} />
          <Escalations routing={data} />
        </>
      )}
    </PageFrame>
  );
}

/** What holds is shown all the same. */
function Mistakes({ routing }: { readonly routing: RoutingAnswer }): JSX.Element {
  return (
    <section class="routing-mistakes" role="alert">
      <h2>{t(ROUTING.problems)}</h2>
      {routing.instead !== undefined && <p>{routing.instead}</p>}
      <ul>
        {routing.errors.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
