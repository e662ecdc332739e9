import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { AREAS, type Area } from '../../../core/area.ts';
import type { Role } from '../../../core/role.ts';
import type { Caller } from '../../api/caller.ts';
import { ask } from '../../api/client.ts';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import { refreshPolled } from '../../api/poll.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Select } from '../../ui/select.tsx';
import { Checkbox, TextField } from '../../ui/text-field.tsx';
import { API_TOKENS_KEY } from './api-tokens.tsx';
import { AREA_TEXTS, MAKE, ROLES_TABLE, TOKENS } from './messages.ts';
import { livesFor, NAME_MAX_CHARS, nameProblem, rolesUpTo, type TokenWish } from './token-views.ts';

interface MakeTokenProps {
  readonly caller: Caller;
  readonly onClose: () => void;
}

const FORM = 'make-token';

/** Asks what a token is to be, makes it, and shows it: once. */
export function MakeToken({ caller, onClose }: MakeTokenProps): JSX.Element {
  const [made, setMade] = useState<string | undefined>(undefined);
  if (made === undefined) return <Wish caller={caller} onClose={onClose} onMade={setMade} />;
  return (
    <Dialog
      open
      title={t(MAKE.madeTitle)}
      // It would be lost: only its button closes it.
      actions={
        <Button kind="primary" onClick={onClose}>
          {t(MAKE.done)}
        </Button>
      }
    >
      <div class="stack">
        <p>{t(MAKE.once)}</p>
        <CopyField label={t(MAKE.token)} text={made} />
        <CopyField label={t(MAKE.tryIt)} text={tryCommand(made)} />
      </div>
    </Dialog>
  );
}

function tryCommand(token: string): string {
  const url = new URL('api/v1/whoami', document.baseURI).href;
  return `curl -H 'Authorization: Bearer ${token}' ${url}`;
}

interface WishProps extends MakeTokenProps {
  readonly onMade: (token: string) => void;
}

function Wish({ caller, onClose, onMade }: WishProps): JSX.Element {
  const kinds = kindsOf(caller);
  const [kind, setKind] = useState<TokenWish['kind']>(kinds[0] ?? 'personal');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState<number | undefined>(undefined);
  const [areas, setAreas] = useState<readonly Area[]>(['metrics', 'alerts', 'inventory']);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | undefined>(undefined);
  const lives = livesFor(caller, kind, Date.now());
  const life = days !== undefined && lives.includes(days) ? days : lives[0];
  const make = async () => {
    setTried(true);
    if (nameProblem(name) !== undefined || areas.length === 0 || isBusy) return;
    setBusy(true);
    setFailure(undefined);
    const wish: TokenWish = {
      ...{ name: name.trim(), kind, role, areas },
      ...(life === undefined ? {} : { expires: `${life}d` }),
    };
    try {
      const { token } = await ask<{ readonly token: string }>('api/v1/tokens', { json: wish });
      refreshPolled(API_TOKENS_KEY);
      onMade(token);
    } catch (error) {
      setFailure(asFailure(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={t(MAKE.title)}
      onClose={onClose}
      actions={
        <Button kind="primary" type="submit" form={FORM} busy={isBusy}>
          {t(MAKE.make)}
        </Button>
      }
    >
      <form
        id={FORM}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        {failure !== undefined && <Problem failure={failure} />}
        <TextField
          label={t(MAKE.name)}
          help={t(MAKE.nameHelp)}
          value={name}
          onChange={setName}
          error={isTried ? nameError(name) : undefined}
          required
        />
        {kinds.length > 1 && (
          <Select
            label={t(MAKE.kind)}
            value={kind}
            options={kinds.map((value) => ({ value, text: t(MAKE[value]) }))}
            onChange={setKind}
          />
        )}
        {caller.person === undefined && <p class="quiet small">{t(TOKENS.onlyServices)}</p>}
        <Select
          label={t(MAKE.role)}
          value={role}
          options={rolesUpTo(caller.role).map((value) => ({
            value,
            text: `${value}: ${t(ROLES_TABLE[value])}`,
          }))}
          onChange={setRole}
        />
        <Select
          label={t(MAKE.life)}
          value={String(life ?? '')}
          options={lives.map((value) => ({
            value: String(value ?? ''),
            text: value === undefined ? t(MAKE.asThis) : lifeText(value),
          }))}
          onChange={(value) => setDays(value === '' ? undefined : Number(value))}
        />
        <AreaChoice areas={areas} onChange={setAreas} isTried={isTried} />
      </form>
    </Dialog>
  );
}

function kindsOf({ person, role }: Caller): TokenWish['kind'][] {
  return [
    ...(person === undefined ? [] : (['personal'] as const)),
    ...(role === 'admin' ? (['service'] as const) : []),
  ];
}

function nameError(name: string): string | undefined {
  const problem = nameProblem(name);
  if (problem === undefined) return undefined;
  return problem === 'empty' ? t(MAKE.nameEmpty) : t(MAKE.nameLong, NAME_MAX_CHARS);
}

const YEAR_DAYS = 365;

function lifeText(days: number): string {
  const years = Math.floor(days / YEAR_DAYS);
  if (years === 1) return t(MAKE.year);
  return years > 1 ? t(MAKE.years, years) : t(MAKE.days, days);
}

interface AreaChoiceProps {
  readonly areas: readonly Area[];
  readonly onChange: (areas: readonly Area[]) => void;
  readonly isTried: boolean;
}

function AreaChoice({ areas, onChange, isTried }: AreaChoiceProps): JSX.Element {
  return (
    <fieldset class="tokens-areas">
      <legend class="field-label">{t(MAKE.areas)}</legend>
      {AREAS.map((area) => (
        <Checkbox
          key={area}
          label={t(AREA_TEXTS[area])}
          checked={areas.includes(area)}
          onChange={(isChosen) =>
            onChange(AREAS.filter((one) => (one === area ? isChosen : areas.includes(one))))
          }
        />
      ))}
      {isTried && areas.length === 0 && (
        <p class="field-error" role="alert">
          {t(MAKE.noArea)}
        </p>
      )}
    </fieldset>
  );
}
