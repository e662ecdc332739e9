import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { usePolled } from '../../api/poll.ts';
import { navigate } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { CloseIcon } from '../../ui/icons.tsx';
import { Select } from '../../ui/select.tsx';
import { labelsText, parseLabels, suggestions } from './labels.ts';
import { ROUTING } from './messages.ts';

type Labels = Readonly<Record<string, string>>;

/** As Alertmanager's API has an alert. */
interface FiringAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
}

/** Reads the state and the silences; alerts change by the minute. */
const ALERTS_EVERY_MS = 60_000;
/** In a menu nobody finds one among more; labels can be typed. */
const OFFERED_MOST = 200;

/** Which alert is in question: one that fires, or labels that somebody puts together. */
export function WhichAlert({ labels }: { readonly labels: Labels }): JSX.Element {
  const { data } = usePolled(
    'routing alerts',
    (signal) => ask<readonly FiringAlert[]>('api/v2/alerts', { signal }),
    ALERTS_EVERY_MS,
  );
  const alerts = useMemo(() => (data ?? []).slice(0, OFFERED_MOST), [data]);
  const key = JSON.stringify(sorted(labels));
  const chosen = alerts.find((alert) => JSON.stringify(sorted(alert.labels)) === key);
  return (
    <div class="stack">
      <p class="quiet small">{t(ROUTING.testHelp)}</p>
      <Select
        label={t(ROUTING.firingAlert)}
        value={chosen?.fingerprint ?? ''}
        disabled={alerts.length === 0}
        options={[
          { value: '', text: t(alerts.length === 0 ? ROUTING.firingNone : ROUTING.firingChoose) },
          ...alerts.map(({ fingerprint, labels: of }) => ({
            value: fingerprint,
            text: nameOf(of),
          })),
        ]}
        onChange={(fingerprint) => {
          const alert = alerts.find((one) => one.fingerprint === fingerprint);
          if (alert !== undefined) choose(alert.labels);
        }}
      />
      <AddLabel labels={labels} alerts={alerts.map((alert) => alert.labels)} />
      <Chips labels={labels} />
    </div>
  );
}

function AddLabel(props: {
  readonly labels: Labels;
  readonly alerts: readonly Labels[];
}): JSX.Element {
  const { labels, alerts } = props;
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<string>();
  const add = (text: string) => {
    // A name alone goes on to its values.
    if (text.endsWith('=')) return setTyped(text);
    const parsed = parseLabels(text);
    if (!parsed.ok) return setProblem(t(ROUTING[parsed.error]));
    setTyped('');
    setProblem(undefined);
    choose({ ...labels, ...parsed.value });
  };
  return (
    <div>
      <div class="routing-add">
        <Combobox
          label={t(ROUTING.label)}
          value={typed}
          onChange={setTyped}
          onChoose={add}
          options={suggestions(typed, alerts, labels)}
          placeholder={t(ROUTING.labelHint)}
          code
        />
        <Button onClick={() => add(typed)}>{t(ROUTING.labelAdd)}</Button>
      </div>
      <p class="routing-problem" role="alert">
        {problem}
      </p>
    </div>
  );
}

function Chips({ labels }: { readonly labels: Labels }): JSX.Element | null {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <ul class="routing-chips" aria-label={t(ROUTING.labelsChosen)}>
      {entries.map(([name, value]) => (
        <li key={name} class="routing-chip">
          <code>
            {name}={value}
          </code>
          <IconButton
            label={t(ROUTING.labelRemove, name)}
            onClick={() => {
              const { [name]: _, ...rest } = labels;
              choose(rest);
            }}
          >
            <CloseIcon size={12} />
          </IconButton>
        </li>
      ))}
      <li>
        <Button small onClick={() => choose({})}>
          {t(ROUTING.clear)}
        </Button>
      </li>
    </ul>
  );
}

/** Into the address, so that it can be shared and gone back to. */
function choose(labels: Labels): void {
  navigate('routing', { labels: labelsText(labels) || undefined });
}

function sorted(labels: Labels): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `HostDown · web-1`: its name and what it is about. */
function nameOf({ alertname = '', host, vm, severity, ...more }: Labels): string {
  const rest = Object.entries(more).filter(([name]) => name !== 'uuid' && name !== 'instance');
  const parts = [alertname, vm, host, ...rest.map(([, value]) => value), severity];
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}
