import type { JSX } from 'preact';
import type { RuleFileInfo } from '../../../core/answers/rules.ts';
import { useMay } from '../../api/caller.ts';
import { Link } from '../../app/link.tsx';
import { navigate } from '../../app/router.ts';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { ClockIcon, DownloadIcon, EditIcon, MenuIcon, TrashIcon } from '../../ui/icons.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { Severity, State } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { deleteFile, downloadFile } from './files.ts';
import { RULES } from './messages.ts';
import { type FileView, type GroupView, placeQuery, type RuleView } from './rule-views.ts';

/** One file: where it comes from, and its groups. */
export function FileCard({ file }: { readonly file: FileView }): JSX.Element {
  const { name, info, groups } = file;
  const may = useMay('editRules') === true;
  return (
    <section class="card rules-file" aria-label={name}>
      <header class="rules-file-head">
        <div>
          <h2 class="rules-file-name">{name}</h2>
          {info !== undefined && <Source info={info} />}
        </div>
        <div class="rules-file-actions">
          <Link to="rules" query={{ edit: name }} class="button button-plain button-small">
            {may ? <EditIcon /> : undefined}
            {t(may ? RULES.edit : RULES.look)}
          </Link>
          <Menu label={t(RULES.moreOf, name)} button={<MenuIcon />} items={menuOf(file, may)} />
        </div>
      </header>
      {groups.length === 0 && (
        <p class="rules-nothing">{t(info?.source === 'gone' ? RULES.goneText : RULES.noGroups)}</p>
      )}
      {groups.map((group) => (
        <Group key={group.name} group={group} />
      ))}
    </section>
  );
}

function menuOf({ name, info }: FileView, may: boolean): readonly MenuItem[] {
  const items: MenuItem[] = [
    {
      text: t(RULES.versions),
      icon: <ClockIcon />,
      onSelect: () => navigate('rules', { versions: name }),
    },
    { text: t(RULES.download), icon: <DownloadIcon />, onSelect: () => void downloadFile(name) },
  ];
  if (!may || info?.source !== 'new') return items;
  const onSelect = () => void deleteFile(info);
  return [...items, { text: t(RULES.remove), icon: <TrashIcon />, danger: true, onSelect }];
}

const SOURCE_TONES = { deployed: 'quiet', edited: 'info', new: 'info', gone: 'quiet' } as const;

/** Where a file's text comes from, and who changed it last. */
export function Source({ info }: { readonly info: RuleFileInfo }): JSX.Element {
  const { source, who, at, deployedChanged, unusable } = info;
  return (
    <p class="rules-source">
      <Badge tone={SOURCE_TONES[source]}>{t(RULES[source])}</Badge>
      {deployedChanged && (
        <Badge tone="warning" title={t(RULES.deployedChangedHelp)}>
          {t(RULES.deployedChanged)}
        </Badge>
      )}
      {unusable && <Badge tone="critical">{t(RULES.unusable)}</Badge>}
      {who !== undefined && at !== undefined && (
        <span class="quiet">
          {who} · <Time ms={Date.parse(at)} relative />
        </span>
      )}
    </p>
  );
}

function Group({ group }: { readonly group: GroupView }): JSX.Element {
  const { name, interval, rules } = group;
  return (
    <section class="rules-group" aria-label={name}>
      <header class="rules-group-head">
        <h3>{name}</h3>
        <p class="quiet">
          {t(RULES.every, formatDuration(interval * 1000))} · <Evaluated of={group} />
        </p>
      </header>
      <ul>
        {rules.map((rule) => (
          <RuleRow key={`${rule.name} ${rule.place.nth}`} rule={rule} />
        ))}
      </ul>
    </section>
  );
}

interface EvaluatedProps {
  readonly of: { readonly lastEvaluation: string; readonly evaluationTime: number };
}

/** When last, and how long that took. */
export function Evaluated({ of: { lastEvaluation, evaluationTime } }: EvaluatedProps): JSX.Element {
  const atMs = Date.parse(lastEvaluation);
  if (!(atMs > 0)) return <>{t(RULES.never)}</>;
  const ms = evaluationTime * 1000;
  const text =
    ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : formatDuration(ms);
  return (
    <>
      {t(RULES.evaluated)} <Time ms={atMs} relative />, {t(RULES.took, text)}
    </>
  );
}

function RuleRow({ rule }: { readonly rule: RuleView }): JSX.Element {
  const severity = rule.labels['severity'];
  return (
    <li class="rules-row">
      <Link to="rules" query={placeQuery(rule.place)} class="rules-row-name">
        {rule.name}
      </Link>
      <span class="rules-row-kind">
        {rule.type === 'recording' ? (
          <span class="quiet">{t(RULES.recording)}</span>
        ) : (
          severity !== undefined && <Severity severity={severity} />
        )}
      </span>
      <span class="rules-row-state">
        <RuleStates rule={rule} />
      </span>
    </li>
  );
}

/** How many alerts of it fire and are pending; whether it is well. */
export function RuleStates({ rule }: { readonly rule: RuleView }): JSX.Element {
  const { firing, pending, health, type, lastError } = rule;
  return (
    <>
      {health === 'err' && (
        <span title={lastError}>
          <State tone="critical" text={t(RULES.err)} />
        </span>
      )}
      {firing > 0 && <Badge tone="critical">{t(RULES.firingCount, firing)}</Badge>}
      {pending > 0 && <Badge tone="warning">{t(RULES.pendingCount, pending)}</Badge>}
      {health === 'unknown' && <span class="quiet">{t(RULES.unknown)}</span>}
      {health === 'ok' && firing + pending === 0 && (
        <State tone="good" text={t(type === 'recording' ? RULES.ok : RULES.inactive)} />
      )}
    </>
  );
}
