import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Caller, useCaller } from '../../api/caller.ts';
import { useQuery } from '../../app/router.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { ApiTokens } from './api-tokens.tsx';
import { EnrolmentTokens } from './enrolment-tokens.tsx';
import { HostKeys } from './host-keys.tsx';
import { MakeToken } from './make-token.tsx';
import { TOKENS } from './messages.ts';
import { PeopleAndRoles } from './people.tsx';
import './tokens.css';

const TABS = ['api', 'enrolment', 'keys', 'people'] as const;
type Tab = (typeof TABS)[number];

/** Tokens of programs; for admins also those that hosts enrol with, and hosts' keys; who may what. */
export function Page(): JSX.Element {
  const caller = useCaller();
  const [query, change] = useQuery();
  const [isMaking, setMaking] = useState(false);
  const isAdmin = caller?.may['listKeys'] === true;
  const wanted = query.get('show');
  const tabs = TABS.filter((tab) => isAdmin || tab === 'api' || tab === 'people');
  const shown = tabs.find((tab) => tab === wanted) ?? 'api';
  const titles: Readonly<Record<Tab, string>> = {
    api: t(TOKENS.apiTab),
    enrolment: t(TOKENS.enrolmentTab),
    keys: t(TOKENS.keysTab),
    people: t(TOKENS.peopleTab),
  };
  return (
    <PageFrame
      title={t(TOKENS.title)}
      lead={t(TOKENS.lead)}
      actions={
        <Button
          kind="primary"
          reason={caller === undefined ? undefined : whyNoneIsMade(caller)}
          disabled={caller === undefined}
          onClick={() => setMaking(true)}
        >
          {t(TOKENS.make)}
        </Button>
      }
    >
      <Tabs
        label={t(TOKENS.tabs)}
        tabs={tabs.map((id) => ({ id, title: titles[id] }))}
        selected={shown}
        onSelect={(tab) => change({ show: tab === 'api' ? undefined : tab })}
      >
        {shown === 'api' && <ApiTokens />}
        {shown === 'enrolment' && <EnrolmentTokens />}
        {shown === 'keys' && <HostKeys />}
        {shown === 'people' && <PeopleAndRoles />}
      </Tabs>
      {isMaking && caller !== undefined && (
        <MakeToken caller={caller} onClose={() => setMaking(false)} />
      )}
    </PageFrame>
  );
}

/** `undefined`: one may be made. */
function whyNoneIsMade({ may, person, role }: Caller): string | undefined {
  if (may['makeTokens'] !== true) return t(TOKENS.mayNot);
  if (person === undefined && role !== 'admin') return t(TOKENS.noneMayBeMade);
  return undefined;
}
