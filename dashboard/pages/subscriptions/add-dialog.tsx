import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type {
  AddedProtocol,
  SubscriptionTopic,
  SubscriptionWish,
} from '../../../core/answers/subscriptions.ts';
import { ask } from '../../api/client.ts';
import { type ApiFailure, asFailure } from '../../api/failure.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.ts';
import { type AddressFault, addressFault } from './address-fault.ts';
import { ADD } from './messages.ts';
import { TopicChoice } from './topic-choice.tsx';

interface AddDialogProps {
  readonly open: boolean;
  readonly topics: readonly SubscriptionTopic[];
  /** An email address is asked whether it agrees. */
  readonly isAsked: boolean;
  readonly onClose: (isAdded: boolean) => void;
}

/** An address that is to hear of alerts. */
export function AddDialog(props: AddDialogProps): JSX.Element {
  const { open, onClose } = props;
  const form = useId();
  const [isBusy, setBusy] = useState(false);
  return (
    <Dialog
      open={open}
      title={t(ADD.title)}
      onClose={() => onClose(false)}
      actions={
        <>
          <Button onClick={() => onClose(false)}>{t(ADD.cancel)}</Button>
          <Button kind="primary" type="submit" form={form} busy={isBusy}>
            {t(ADD.submit)}
          </Button>
        </>
      }
    >
      <Form {...props} id={form} setBusy={setBusy} />
    </Dialog>
  );
}

interface FormProps extends AddDialogProps {
  readonly id: string;
  readonly setBusy: (is: boolean) => void;
}

const FAULTS = {
  email: ADD.badEmail,
  phone: ADD.badPhone,
  costly: ADD.costly,
} as const satisfies Record<AddressFault, unknown>;

function Form({ id, topics, isAsked, onClose, setBusy }: FormProps): JSX.Element {
  const [protocol, setProtocol] = useState<AddedProtocol>('email');
  const [address, setAddress] = useState('');
  const [chosen, setChosen] = useState<readonly SubscriptionTopic[]>(['critical']);
  const [isTried, setTried] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const fault = addressFault(protocol, address);
  const isEmail = protocol === 'email';
  const isUnderWay = useRef(false);
  const submit = async () => {
    setTried(true);
    // Enter may be pressed twice.
    if (fault !== undefined || chosen.length === 0 || isUnderWay.current) return;
    isUnderWay.current = true;
    setBusy(true);
    try {
      const json: SubscriptionWish = { protocol, address, topics: chosen };
      await ask('api/v1/subscriptions', { json });
      toast(t(isEmail && isAsked ? ADD.addedPending : ADD.added, address.trim()));
      onClose(true);
    } catch (error) {
      setFailure(asFailure(error));
    }
    isUnderWay.current = false;
    setBusy(false);
  };
  return (
    <form
      id={id}
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {failure !== undefined && <Problem failure={failure} />}
      <Select
        label={t(ADD.kind)}
        value={protocol}
        options={[
          { value: 'email', text: t(ADD.email) },
          { value: 'sms', text: t(ADD.sms) },
        ]}
        onChange={setProtocol}
      />
      <TextField
        label={t(isEmail ? ADD.emailLabel : ADD.phoneLabel)}
        type={isEmail ? 'email' : 'tel'}
        autocomplete={isEmail ? 'email' : 'tel'}
        value={address}
        onChange={setAddress}
        required
        help={isEmail ? isAsked && t(ADD.emailHelp) : t(ADD.phoneHelp)}
        error={isTried && fault !== undefined ? t(FAULTS[fault]) : undefined}
      />
      <TopicChoice
        label={t(ADD.topics)}
        topics={topics}
        chosen={chosen}
        onChange={setChosen}
        error={isTried && chosen.length === 0 ? t(ADD.noTopic) : undefined}
      />
    </form>
  );
}
