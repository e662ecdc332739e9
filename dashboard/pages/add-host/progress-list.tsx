import type { JSX } from 'preact';
import { ask } from '../../api/client.ts';
import { usePolled } from '../../api/poll.ts';
import { query } from '../../api/prometheus.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { ToneShape } from '../../ui/state.tsx';
import { Time, useNow } from '../../ui/time.tsx';
import type { EnrolmentTokenView, KeyView } from '../tokens/token-views.ts';
import { ADD_HOST, TROUBLE_HELP, TROUBLE_TITLES } from './messages.ts';
import {
  enrolledBy,
  factsExpression,
  isWaiting,
  type NewHost,
  newHosts,
  type Trouble,
  troubleOf,
} from './progress.ts';

/** While somebody waits before it: a question reads one unit for some 20 tokens. */
const TOKEN_EVERY_MS = 3_000;
/** Of one host the newest minutes: some 5 units. */
const FACTS_EVERY_MS = 3_000;

/** What has come with a token, and what may be wrong when nothing has. */
export function Progress({ tokenId }: { readonly tokenId: string }): JSX.Element {
  const tokens = usePolled(
    'enrolment-tokens',
    (signal) => ask<readonly EnrolmentTokenView[]>('api/v1/enrolment-tokens', { signal }),
    TOKEN_EVERY_MS,
  );
  const token = tokens.data?.find(({ id }) => id === tokenId);
  const used = token === undefined ? 0 : token.uses - token.usesLeft;
  // All keys are read, so only when the token says that there is one more.
  const keys = usePolled(used === 0 ? '' : `keys of ${tokenId} ${used}`, (signal) =>
    ask<readonly KeyView[]>('api/v1/keys', { signal }),
  );
  const enrolled = enrolledBy({ id: tokenId }, keys.data ?? []);
  const expr = factsExpression(enrolled.map(({ name }) => name));
  const facts = usePolled(
    expr === undefined ? '' : `facts ${expr}`,
    (signal) => query(expr ?? '', undefined, signal),
    FACTS_EVERY_MS,
  );
  const hosts = newHosts(enrolled, facts.data?.series ?? []);
  const nowMs = useNow();
  const failure = tokens.failure ?? keys.failure ?? facts.failure;
  if (tokens.data === undefined)
    return failure === undefined ? (
      <Skeleton lines={2} />
    ) : (
      <Problem failure={failure} retry={tokens.refresh} />
    );
  if (token === undefined) return <p class="quiet">{t(ADD_HOST.ended)}</p>;
  const trouble = troubleOf(token, hosts, nowMs);
  return (
    <div class="stack" aria-live="polite">
      {failure !== undefined && <Problem failure={failure} staleMs={tokens.atMs} />}
      <Terms token={token} />
      {hosts.length > 0 && (
        <ul class="add-host-hosts">
          {hosts.map((host) => (
            <HostLine key={host.name} host={host} />
          ))}
        </ul>
      )}
      {isWaiting(token, hosts) && token.usesLeft > 0 && (
        <p class="add-host-wait">
          <span class="add-host-pulse" aria-hidden="true" />
          {t(hosts.length === 0 ? ADD_HOST.waiting : ADD_HOST.waitingMore)}
        </p>
      )}
      {trouble !== undefined && <Help trouble={trouble} />}
    </div>
  );
}

function Terms({ token }: { readonly token: EnrolmentTokenView }): JSX.Element {
  if (token.state !== 'good') return <p class="quiet">{t(ADD_HOST.ended)}</p>;
  return (
    <p class="quiet">
      {t(ADD_HOST.tokenTerms, token.usesLeft)} <Time ms={Date.parse(token.endsAt)} />
    </p>
  );
}

const VMS_SHOWN = 8;

function HostLine({ host: { name, facts } }: { readonly host: NewHost }): JSX.Element {
  if (facts === undefined)
    return (
      <li class="add-host-host">
        <ToneShape tone="info" size={14} />
        <span>
          <strong>{name}</strong> {t(ADD_HOST.enrolled)}
        </span>
      </li>
    );
  const { os, arch, virtualization, vms } = facts;
  const about = [os, arch, virtualization].filter((text) => text !== '').join(' · ');
  const left = vms.length - VMS_SHOWN;
  return (
    <li class="add-host-host add-host-good">
      <ToneShape tone="good" size={14} />
      <span class="add-host-about">
        <span>
          <strong>{name}</strong> {t(ADD_HOST.here)}
        </span>
        {about !== '' && <span class="quiet small">{about}</span>}
        <span class="small">
          {t(ADD_HOST.vms, vms.length)}
          {vms.length > 0 && `: ${vms.slice(0, VMS_SHOWN).join(', ')}`}
          {left > 0 && ` ${t(ADD_HOST.moreVms, left)}`}
        </span>
      </span>
      <Link to="host" query={{ name }} label={`${t(ADD_HOST.open)}: ${name}`}>
        {t(ADD_HOST.open)}
      </Link>
    </li>
  );
}

function Help({ trouble }: { readonly trouble: Trouble }): JSX.Element {
  return (
    <div class="add-host-warning" role="status">
      <strong>{t(TROUBLE_TITLES[trouble])}</strong>
      <ul class="add-host-help">
        {Object.entries(TROUBLE_HELP[trouble]).map(([id, text]) => (
          <li key={id}>{t(text)}</li>
        ))}
      </ul>
    </div>
  );
}
