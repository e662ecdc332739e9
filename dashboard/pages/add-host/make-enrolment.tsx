import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import { refreshPolled } from '../../api/poll.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { KeyIcon } from '../../ui/icons.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Select } from '../../ui/select.tsx';
import { Checkbox, TextField } from '../../ui/text-field.tsx';
import type { EnrolmentTokenView } from '../tokens/token-views.ts';
import { ADD_HOST } from './messages.ts';

/** A token as it is when it is made: the one time that the token itself is told. */
export interface MadeToken extends EnrolmentTokenView {
  readonly token: string;
}

interface MakeEnrolmentProps {
  /** There is one already, so it is not what to do next. */
  readonly isAnother: boolean;
  readonly onMade: (token: MadeToken) => void;
}

type Lasts = '1h' | '1d' | '1w';

/** As the API has it. */
const USES_MOST = 100_000;

/** How many hosts a token lets in, and until when. */
export function MakeEnrolment({ isAnother, onMade }: MakeEnrolmentProps): JSX.Element {
  const [uses, setUses] = useState('1');
  const [lasts, setLasts] = useState<Lasts>('1d');
  const [reEnrol, setReEnrol] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const count = Number(uses);
  const isWrong = !/^\d+$/.test(uses) || count < 1 || count > USES_MOST;
  const make = async () => {
    if (isWrong) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const json = { uses: count, expires: lasts, reEnrol };
      onMade(await ask<MadeToken>('api/v1/enrolment-tokens', { json }));
      refreshPolled('enrolment-tokens');
    } catch (error) {
      setFailure(asFailure(error));
    }
    setBusy(false);
  };
  return (
    <div class="stack">
      <p class="quiet">{t(ADD_HOST.tokenText)}</p>
      {failure !== undefined && <Problem failure={failure} />}
      <div class="add-host-terms">
        <TextField
          label={t(ADD_HOST.hosts)}
          type="number"
          value={uses}
          onChange={setUses}
          error={isWrong ? t(ADD_HOST.hostsWrong) : undefined}
          onEnter={() => void make()}
        />
        <Select
          label={t(ADD_HOST.lasts)}
          value={lasts}
          options={[
            { value: '1h', text: t(ADD_HOST.hour) },
            { value: '1d', text: t(ADD_HOST.day) },
            { value: '1w', text: t(ADD_HOST.week) },
          ]}
          onChange={setLasts}
        />
      </div>
      <Checkbox
        label={t(ADD_HOST.again)}
        help={t(ADD_HOST.againHelp)}
        checked={reEnrol}
        onChange={setReEnrol}
      />
      <div>
        <Button
          kind={isAnother ? 'plain' : 'primary'}
          icon={<KeyIcon />}
          busy={isBusy}
          disabled={isWrong}
          onClick={() => void make()}
        >
          {t(isAnother ? ADD_HOST.another : ADD_HOST.make)}
        </Button>
      </div>
    </div>
  );
}
