import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { Link } from '../../app/link.tsx';
import { hrefTo } from '../../app/router.ts';
import { formatValue } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { HOST_STATES, hostTone, ToneShape, vmTone } from '../../ui/state.tsx';
import type { Group } from './arrange.ts';
import { cellText } from './cell-text.ts';
import { tagWord } from './filter.ts';
import { type HeatScale, heatStep } from './heat.ts';
import type { DrawnSize } from './layout.ts';
import { OVERVIEW, STATE_LETTERS } from './messages.ts';
import type { Host, Vm } from './world.ts';

/** How cells are drawn; one object for all of them, the same until something of it changes. */
export interface Look {
  readonly size: DrawnSize;
  /** Absent: by state. */
  readonly heat?: { readonly name: string; readonly scale: HeatScale };
  /** The tag that groups are by; `''`: hosts. */
  readonly tag: string;
  readonly ids: readonly string[] | undefined;
  /** By which the day is told; it changes once in a while. */
  readonly nowMs: number;
  readonly language: string;
}

interface CardProps {
  readonly group: Group;
  readonly index: number;
  readonly look: Look;
  /** The cell that the Tab key leads to, if it is here. */
  readonly focusCell: number | undefined;
}

/** A host with its VMs, or what a tag's value has. Drawn anew only if something of it has changed. */
export const Card = memo(({ group, index, look, focusCell }: CardProps): JSX.Element => {
  return (
    <section class={`overview-card ${URGENT_CARDS[group.urgency] ?? ''}`} aria-label={group.title}>
      <Head group={group} look={look} />
      {group.vms.length === 0 ? null : (
        <Cells {...{ group, index, look, focusCell }} from={0} to={group.vms.length} />
      )}
    </section>
  );
});

/** What wants somebody is seen from afar. */
const URGENT_CARDS: Readonly<Partial<Record<Group['urgency'], string>>> = {
  2: 'overview-card-warning',
  3: 'overview-card-critical',
};

interface CellsProps extends CardProps {
  readonly from: number;
  readonly to: number;
}

export const Cells = memo((props: CellsProps): JSX.Element => {
  const { group, index, look, focusCell, from, to } = props;
  return (
    // What is asked of a cell is asked of the grid, by this: so a group that moves leaves its cells as they are.
    <div class="overview-cells" data-group={index} data-from={from}>
      {group.vms.slice(from, to).map((vm, i) => (
        <Cell
          key={`${vm.host}\n${vm.name}\n${vm.index}`}
          vm={vm}
          look={look}
          isFocus={focusCell === from + i}
        />
      ))}
    </div>
  );
});

interface CellProps {
  readonly vm: Vm;
  readonly look: Look;
  readonly isFocus: boolean;
}

const Cell = memo(({ vm, look, isFocus }: CellProps): JSX.Element => {
  const { heat, ids, size, nowMs } = look;
  const metric = heat && { name: heat.name, unit: heat.scale.unit };
  return (
    <a
      class={cellClass(vm, heat?.scale)}
      href={vmHref(vm, ids)}
      tabIndex={isFocus ? 0 : -1}
      aria-label={cellText(vm, nowMs, metric)}
    >
      {STATE_LETTERS[vm.state] !== '' && (
        // By style: the name of the cell says it in words, and holds all text that is in it.
        <span class="overview-letter" data-letter={STATE_LETTERS[vm.state]} />
      )}
      {size === 'large' && <span class="overview-name">{vm.name}</span>}
      {size === 'large' && heat !== undefined && (
        <span class="overview-value">{formatValue(vm.value, heat.scale.unit)}</span>
      )}
    </a>
  );
});

function cellClass(vm: Vm, scale: HeatScale | undefined): string {
  const classes = ['overview-cell'];
  const step = scale && heatStep(scale, vm.value);
  if (scale === undefined || vm.state !== 'running') classes.push(`overview-${vmTone(vm.state)}`);
  else classes.push(step === undefined ? 'overview-empty' : `overview-heat-${step}`);
  if (vm.told > 0) classes.push('overview-alerted', `overview-alerted-${vm.worst ?? 'info'}`);
  else if (vm.muted > 0) classes.push('overview-muted');
  return classes.join(' ');
}

/** Where a VM's page is; until its UUID is here, where its host's is. */
function vmHref(vm: Vm, ids: readonly string[] | undefined): string {
  const uuid = ids?.[vm.index];
  return uuid === undefined ? hrefTo('host', { name: vm.host }) : hrefTo('vm', { uuid });
}

/** The heading of a group. */
export function Head({ group, look }: Pick<CardProps, 'group' | 'look'>): JSX.Element {
  const { host, hosts, vms, title } = group;
  if (host !== undefined) return <HostHead host={host} vms={vms.length} look={look} />;
  const name = title === '' ? t(OVERVIEW.withoutTag, look.tag) : `${look.tag}=${title}`;
  return (
    <h2 class="overview-head">
      {title === '' ? (
        <span class="overview-title">{name}</span>
      ) : (
        <Link to="overview" query={{ q: tagWord(look.tag, title) }} class="overview-title">
          <span class="overview-host">{name}</span>
        </Link>
      )}
      <span class="overview-note">{t(OVERVIEW.tagGroup, hosts.length, vms.length)}</span>
      <SilentHosts hosts={hosts} />
    </h2>
  );
}

/** Hosts have no cells here; those of which nothing is heard must be seen all the same. */
function SilentHosts({ hosts }: { readonly hosts: readonly Host[] }): JSX.Element | null {
  const silent = hosts.filter(({ state }) => state === 'silent');
  if (silent.length === 0) return null;
  return (
    <span class="overview-note tone-critical">
      <ToneShape tone="critical" /> {silent.length} {t(HOST_STATES.silent)}
    </span>
  );
}

interface HostHeadProps {
  readonly host: Host;
  readonly vms: number;
  readonly look: Look;
}

function HostHead({ host, vms, look }: HostHeadProps): JSX.Element {
  const { name, state, told, worst, muted, value } = host;
  return (
    <h2 class="overview-head">
      <Link to="host" query={{ name }} class="overview-title">
        <span class="overview-shape" title={t(HOST_STATES[state])}>
          <ToneShape tone={hostTone(state)} />
        </span>
        <span class="overview-host">{name}</span>
      </Link>
      {told > 0 && (
        <span class={`overview-note tone-${worst ?? 'info'}`}>{t(OVERVIEW.alerts, told)}</span>
      )}
      {told === 0 && muted > 0 && <span class="overview-note">{t(OVERVIEW.muted, muted)}</span>}
      {state !== 'up' && (
        <span class={`overview-note tone-${hostTone(state)}`}>{t(HOST_STATES[state])}</span>
      )}
      {look.heat === undefined ? (
        <span class="overview-note">{vms === 0 ? t(OVERVIEW.noVms) : t(OVERVIEW.hasVms, vms)}</span>
      ) : (
        value !== undefined && <HostValue value={value} scale={look.heat.scale} />
      )}
    </h2>
  );
}

/** In the colours of the cells, so that the host is read with them. */
function HostValue({ value, scale }: { readonly value: number; readonly scale: HeatScale }) {
  const step = heatStep(scale, value);
  return (
    <span class={`overview-host-value numeric overview-heat-${step ?? 0}`}>
      {formatValue(value, scale.unit)}
    </span>
  );
}
