import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useMay } from '../../api/caller.ts';
import { ask } from '../../api/client.ts';
import { usePolled } from '../../api/poll.ts';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { EnrolmentTokens } from '../tokens/enrolment-tokens.tsx';
import './add-host.css';
import { Command } from './command.tsx';
import { PLATFORMS, type Platform } from './commands.ts';
import { type MadeToken, MakeEnrolment } from './make-enrolment.tsx';
import { ADD_HOST, PLATFORM_HELP, PLATFORM_TEXTS } from './messages.ts';
import { Progress } from './progress-list.tsx';

/** From nothing to a host that is watched. */
export function Page(): JSX.Element {
  const may = useMay('makeEnrolmentTokens');
  return (
    <PageFrame title={t(ADD_HOST.title)} lead={t(ADD_HOST.lead)}>
      {may === undefined && <Skeleton height={420} />}
      {may === false && <Empty title={t(ADD_HOST.onlyAdmins)} />}
      {may === true && <Steps />}
    </PageFrame>
  );
}

function Steps(): JSX.Element {
  const [query, change] = useQuery();
  const platform = PLATFORMS.find((one) => one === query.get('on')) ?? 'linux';
  // The id of a token says nothing to anybody else: so a page that is loaded anew goes on waiting.
  const watched = query.get('token') ?? undefined;
  const [made, setMade] = useState<MadeToken>();
  const address = usePolled('install address', (signal) =>
    ask<{ readonly url: string }>('api/v1/install', { signal }),
  );
  const url = address.data?.url ?? (address.failure === undefined ? undefined : 'URL');
  const secret = made !== undefined && made.id === watched ? made.token : undefined;
  return (
    <div class="stack">
      <Card title={t(ADD_HOST.platform)}>
        <PlatformChoice
          platform={platform}
          onChange={(on) => change({ on: on === 'linux' ? undefined : on }, 'replace')}
        />
      </Card>
      <Card title={t(ADD_HOST.token)}>
        <MakeEnrolment
          isAnother={watched !== undefined}
          onMade={(token) => {
            setMade(token);
            change({ token: token.id }, 'replace');
          }}
        />
      </Card>
      {watched !== undefined && (
        <>
          <Card title={t(ADD_HOST.run)}>
            {secret === undefined ? (
              <p class="quiet">{t(ADD_HOST.gone)}</p>
            ) : url === undefined ? (
              <Skeleton lines={3} />
            ) : (
              <Command platform={platform} url={url} token={secret} />
            )}
          </Card>
          <Card title={t(ADD_HOST.progress)}>
            <Progress tokenId={watched} />
          </Card>
        </>
      )}
      <h2 class="add-host-heading">{t(ADD_HOST.tokens)}</h2>
      <EnrolmentTokens />
      <Card title={t(ADD_HOST.keys)}>
        <p>
          {t(ADD_HOST.keysText)}{' '}
          <Link to="tokens" query={{ show: 'keys' }}>
            {t(ADD_HOST.keysLink)}
          </Link>
        </p>
      </Card>
    </div>
  );
}

interface PlatformChoiceProps {
  readonly platform: Platform;
  readonly onChange: (platform: Platform) => void;
}

function PlatformChoice({ platform, onChange }: PlatformChoiceProps): JSX.Element {
  return (
    <fieldset class="add-host-platforms">
      <legend class="visually-hidden">{t(ADD_HOST.platform)}</legend>
      {PLATFORMS.map((one) => (
        <label class="add-host-platform" key={one}>
          <input
            type="radio"
            name="platform"
            checked={one === platform}
            onChange={() => onChange(one)}
          />
          <span>
            <strong>{t(PLATFORM_TEXTS[one])}</strong>
            <span class="quiet small">{t(PLATFORM_HELP[one])}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
