import type { JSX } from 'preact';
import { useMay } from '../../api/caller.ts';
import { Link } from '../../app/link.tsx';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { EditIcon } from '../../ui/icons.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Severity } from '../../ui/state.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Since } from '../../ui/time.tsx';
import { Evaluated, RuleStates } from './file-card.tsx';
import { RULES } from './messages.ts';
import { PromqlBlock } from './promql-block.tsx';
import { type ActiveAlert, type RulePlace, type RuleView, ruleAt } from './rule-views.ts';
import { useFileViews } from './rules-data.ts';

/** One rule: what it says, how it does, what fires because of it. */
export function RuleDetail({ place }: { readonly place: RulePlace }): JSX.Element {
  const { files, rules } = useFileViews();
  const rule = files && ruleAt(files, place);
  return (
    <PageFrame
      title={place.name}
      documentTitle={`${place.name} · ${t(RULES.title)}`}
      lead={
        <>
          <Link to="rules">{t(RULES.toList)}</Link> / {place.file} / {place.group}
        </>
      }
      actions={rule && <Actions rule={rule} />}
    >
      {rules.failure !== undefined && (
        <Problem failure={rules.failure} staleMs={rules.atMs} retry={rules.refresh} />
      )}
      {files === undefined && rules.failure === undefined && <Skeleton height={480} />}
      {files !== undefined && rule === undefined && (
        <Empty title={t(RULES.notFound)} action={<Link to="rules">{t(RULES.toList)}</Link>} />
      )}
      {rule !== undefined && <Shown rule={rule} />}
    </PageFrame>
  );
}

function Actions({ rule }: { readonly rule: RuleView }): JSX.Element {
  const may = useMay('editRules') === true;
  const { file, group, name, nth } = rule.place;
  return (
    <>
      {rule.type === 'alerting' && (
        <Link
          to="alerts"
          query={{ filter: `alertname=${JSON.stringify(name)}` }}
          class="button button-plain"
        >
          {t(RULES.alertsOf)}
        </Link>
      )}
      <Link
        to="rules"
        query={{ edit: file, group, rule: name, nth: nth === 0 ? undefined : String(nth) }}
        class="button button-primary"
      >
        <EditIcon />
        {t(may ? RULES.editRule : RULES.tryRule)}
      </Link>
    </>
  );
}

function Shown({ rule }: { readonly rule: RuleView }): JSX.Element {
  const { type, labels, annotations = {}, duration = 0, keepFiringFor = 0, lastError } = rule;
  const time = (seconds: number) => (seconds === 0 ? t(RULES.at) : formatDuration(seconds * 1000));
  const others = Object.entries(labels).filter(([name]) => name !== 'severity');
  return (
    <>
      {lastError !== undefined && (
        <div class="rules-errors" role="alert">
          <p class="rules-errors-title">{t(RULES.lastError)}</p>
          <p>{lastError}</p>
        </div>
      )}
      <Card
        title={t(RULES.expression)}
        actions={
          <Link to="graph" query={{ 'g0.expr': rule.query, 'g0.tab': 'graph' }}>
            {t(RULES.explore)}
          </Link>
        }
      >
        <PromqlBlock expr={rule.query} />
        <dl class="rules-facts">
          <Fact name={t(RULES.state)}>
            <RuleStates rule={rule} />
          </Fact>
          {labels['severity'] !== undefined && (
            <Fact name={t(RULES.severity)}>
              <Severity severity={labels['severity']} />
            </Fact>
          )}
          {type === 'alerting' && <Fact name={t(RULES.forTime)}>{time(duration)}</Fact>}
          {keepFiringFor > 0 && <Fact name={t(RULES.keepFiring)}>{time(keepFiringFor)}</Fact>}
          <Fact name={t(RULES.health)}>
            {t(RULES[rule.health])} · <Evaluated of={rule} />
          </Fact>
          {others.length > 0 && (
            <Fact name={t(RULES.labels)}>
              <LabelBadges labels={Object.fromEntries(others)} />
            </Fact>
          )}
        </dl>
      </Card>
      {Object.keys(annotations).length > 0 && (
        <Card title={t(RULES.annotations)}>
          <dl class="rules-annotations">
            {Object.entries(annotations).map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
      {type === 'alerting' && <Alerts alerts={rule.alerts ?? []} />}
    </>
  );
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function LabelBadges({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  return (
    <span class="rules-labels">
      {Object.entries(labels)
        .filter(([name]) => name !== 'alertname')
        .map(([name, value]) => (
          <Badge key={name}>
            {name}={value}
          </Badge>
        ))}
    </span>
  );
}

function Alerts({ alerts }: { readonly alerts: readonly ActiveAlert[] }): JSX.Element {
  const columns: readonly Column<ActiveAlert>[] = [
    {
      id: 'labels',
      title: t(RULES.labels),
      heads: true,
      cell: ({ labels }) => <LabelBadges labels={labels} />,
      sort: ({ labels }) => JSON.stringify(labels),
    },
    {
      id: 'state',
      title: t(RULES.state),
      cell: ({ state }) => (
        <Badge tone={state === 'firing' ? 'critical' : 'warning'}>{t(RULES[state])}</Badge>
      ),
      sort: ({ state }) => state,
    },
    {
      id: 'since',
      title: t(RULES.since),
      cell: ({ activeAt }) => <Since ms={Date.parse(activeAt)} />,
      sort: ({ activeAt }) => Date.parse(activeAt),
    },
    {
      id: 'value',
      title: t(RULES.value),
      numeric: true,
      cell: ({ value }) => shortValue(value),
      sort: ({ value }) => Number(value),
    },
  ];
  return (
    <Card title={t(RULES.current)}>
      {alerts.length === 0 ? (
        <p class="quiet">{t(RULES.noCurrent)}</p>
      ) : (
        <Table
          label={t(RULES.current)}
          columns={columns}
          rows={alerts}
          rowKey={({ labels }) => JSON.stringify(labels)}
        />
      )}
    </Card>
  );
}

/** `9.123e+01` as people write it. */
function shortValue(text: string): string {
  const value = Number(text);
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : text;
}
