import type { JSX } from 'preact';
import { ROLES } from '../../../core/role.ts';
import { useCaller } from '../../api/caller.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { CopyField } from '../../ui/copy-field.tsx';
import { OTHERS, ROLES_TABLE } from './messages.ts';

const COMMAND = 'npm run user -- --table TABLE --pool POOL';

/** What a role may, and how people get one: not from here. */
export function PeopleAndRoles(): JSX.Element {
  const role = useCaller()?.role;
  return (
    <div class="stack">
      <Card title={t(OTHERS.rolesTitle)}>
        <dl class="tokens-roles">
          {ROLES.map((one) => (
            <div key={one}>
              <dt>
                {one} {one === role && <Badge tone="info">{t(OTHERS.you)}</Badge>}
              </dt>
              <dd>{t(ROLES_TABLE[one])}</dd>
            </div>
          ))}
        </dl>
      </Card>
      <Card title={t(OTHERS.peopleTitle)}>
        <div class="stack">
          <p>{t(OTHERS.peopleText)}</p>
          <CopyField
            label={t(OTHERS.addPerson)}
            text={`${COMMAND} --add ada@example.org --role operator`}
          />
          <CopyField
            label={t(OTHERS.changePerson)}
            text={`${COMMAND} --change ada@example.org --role admin`}
          />
          <CopyField label={t(OTHERS.removePerson)} text={`${COMMAND} --remove ada@example.org`} />
          <CopyField label={t(OTHERS.listPeople)} text={`${COMMAND} --list`} />
          <p class="quiet small">{t(OTHERS.tableNames)}</p>
        </div>
      </Card>
    </div>
  );
}
