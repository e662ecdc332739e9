import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { BacktestAnswer, RuleProblem } from '../../../core/answers/rules.ts';
import { DAY_MS, HOUR_MS } from '../../../core/time.ts';
import { ask } from '../../api/client.ts';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import { useQuery } from '../../app/router.ts';
import type { TimeSpan } from '../../chart/range.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { Select } from '../../ui/select.tsx';
import { BacktestPanel } from './backtest-panel.tsx';
import { bandsOf } from './backtest-views.ts';
import { EDIT } from './messages.ts';
import { Preview, toneOf } from './preview.tsx';
import {
  addRule,
  type ListedRule,
  NEW_RULE,
  type RuleFields,
  readRule,
  removeRule,
  writeRule,
} from './rule-document.ts';
import { RuleForm } from './rule-form.tsx';

interface FormViewProps {
  readonly name: string;
  readonly text: string;
  readonly setText: (text: string) => void;
  /** `undefined`: the text can't be read. */
  readonly rules: readonly ListedRule[] | undefined;
  readonly problems: readonly RuleProblem[];
}

const PERIODS = { '6h': 6 * HOUR_MS, '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS } as const;
type Period = keyof typeof PERIODS;
const PERIOD_NAMES = Object.keys(PERIODS) as readonly Period[];

/** One rule of the file at a time, with what it gives and what it would have done. */
export function FormView({ name, text, setText, rules, problems }: FormViewProps): JSX.Element {
  const [query, change] = useQuery();
  if (rules === undefined) return <Empty title={t(EDIT.noYaml)} />;
  const at = chosenRule(rules, query);
  const choose = (rule: ListedRule | undefined) =>
    change(
      { group: rule?.groupName, rule: rule?.name, nth: rule?.nth ? String(rule.nth) : undefined },
      'replace',
    );
  const add = () => {
    const group = at?.group ?? 0;
    const taken = new Set(rules.map((rule) => rule.name));
    let alert = NEW_RULE.alert;
    for (let n = 2; taken.has(alert); n++) alert = `${NEW_RULE.alert}${n}`;
    setText(addRule(text, group, { ...NEW_RULE, alert }));
    const groupName = at?.groupName ?? rules[0]?.groupName;
    change({ group: groupName, rule: alert, nth: undefined }, 'replace');
  };
  const remove = (rule: ListedRule) => {
    choose(rules.find((other) => other !== rule && other.kind === 'alert'));
    setText(removeRule(text, rule));
  };
  const fields = at && readRule(text, at);
  return (
    <>
      <div class="rules-chosen">
        <Select
          label={t(EDIT.rule)}
          value={at === undefined ? '' : idOf(at)}
          options={rules.map((rule) => ({
            value: idOf(rule),
            text: `${rule.groupName} / ${rule.name}${rule.nth === 0 ? '' : ` (${rule.nth + 1})`}`,
          }))}
          onChange={(id) => choose(rules.find((rule) => idOf(rule) === id))}
        />
        <Button icon={<PlusIcon />} onClick={add}>
          {t(EDIT.addRule)}
        </Button>
        {at !== undefined && (
          <Button icon={<TrashIcon />} onClick={() => remove(at)}>
            {t(EDIT.removeRule)}
          </Button>
        )}
      </div>
      {at === undefined && <Empty title={t(EDIT.noRules)} />}
      {at !== undefined && fields === undefined && <Empty title={t(EDIT.noForm)} />}
      {at !== undefined && fields !== undefined && (
        <div class="rules-edit">
          <Card>
            <RuleForm
              key={`${at.group}/${at.rule}`}
              fields={fields}
              exprError={exprError(problems, at)}
              onChange={(next) => {
                setText(writeRule(text, at, next));
                if (next.alert !== fields.alert)
                  change({ rule: next.alert, group: at.groupName, nth: undefined }, 'replace');
              }}
            />
          </Card>
          <Card>
            <Tried key={`${at.group}/${at.rule}`} name={name} text={text} at={at} fields={fields} />
          </Card>
        </div>
      )}
    </>
  );
}

function idOf({ group, rule }: ListedRule): string {
  return `${group}/${rule}`;
}

/** The rule that the address names, else the first that alerts. */
function chosenRule(rules: readonly ListedRule[], query: URLSearchParams): ListedRule | undefined {
  const nth = Number(query.get('nth') ?? 0);
  const named = rules.find(
    (rule) =>
      rule.name === query.get('rule') &&
      (query.get('group') === null || rule.groupName === query.get('group')) &&
      rule.nth === nth,
  );
  return named ?? rules.find(({ kind }) => kind === 'alert') ?? rules[0];
}

/** `could not parse expression: 1:5: parse error: …`, as the field wants it. */
function exprError(problems: readonly RuleProblem[], at: ListedRule): string | undefined {
  const about = `group "${at.groupName}", rule ${at.rule + 1} `;
  const of = problems.find(
    ({ message }) =>
      message.startsWith(about) &&
      /could not parse expression: |does not name its metric|looks back further/.test(message),
  );
  return of?.message.replace(/^.*?could not parse expression: /s, '').replace(about, '');
}

interface TriedProps {
  readonly name: string;
  readonly text: string;
  readonly at: ListedRule;
  readonly fields: RuleFields;
}

/** What the expression gives, and what the rule would have done. */
function Tried({ name, text, at, fields }: TriedProps): JSX.Element {
  const [period, setPeriod] = useState<Period>('24h');
  const [span, setSpan] = useState<TimeSpan>(() => lastOf('24h'));
  const [answer, setAnswer] = useState<BacktestAnswer>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [tested, setTested] = useState('');
  const [running, setRunning] = useState<AbortController>();
  const severity = fields.labels.find(([label]) => label === 'severity')?.[1] ?? '';
  const words = JSON.stringify([
    fields.expr,
    fields.for,
    fields.keep_firing_for,
    fields.labels,
    period,
  ]);
  useEffect(() => () => running?.abort(), [running]);
  const bands = useMemo(
    () => (answer === undefined || tested !== words ? [] : bandsOf(answer, toneOf(severity))),
    [answer, severity, tested === words],
  );
  const choose = (chosen: Period) => {
    setPeriod(chosen);
    setSpan(lastOf(chosen));
  };
  const run = async () => {
    const abort = new AbortController();
    setRunning(abort);
    setFailure(undefined);
    const now = lastOf(period);
    const json = {
      ...{ file: name, text, group: at.groupName, alert: fields.alert, nth: at.nth },
      ...now,
    };
    try {
      const asked = { json, signal: abort.signal };
      setAnswer(await ask<BacktestAnswer>('api/v1/rules/backtest', asked));
      setTested(words);
      setSpan(now);
    } catch (error) {
      if (!abort.signal.aborted) setFailure(asFailure(error));
    }
    setRunning(undefined);
  };
  return (
    <>
      <Select
        label={t(EDIT.period)}
        value={period}
        onChange={choose}
        options={PERIOD_NAMES.map((value) => ({ value, text: periodText(value) }))}
      />
      <Preview
        expr={fields.expr}
        alert={fields.alert}
        severity={severity}
        span={span}
        bands={bands}
      />
      <BacktestPanel
        run={() => void run()}
        isRunning={running !== undefined}
        answer={answer}
        failure={failure}
        isOutdated={answer !== undefined && tested !== words}
      />
    </>
  );
}

function lastOf(period: Period): TimeSpan {
  const toMs = Date.now();
  return { fromMs: toMs - PERIODS[period], toMs };
}

function periodText(period: Period): string {
  const ms = PERIODS[period];
  return ms > DAY_MS ? t(EDIT.lastDays, ms / DAY_MS) : t(EDIT.lastHours, ms / HOUR_MS);
}
