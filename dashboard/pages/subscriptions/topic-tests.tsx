import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Subscriptions, SubscriptionTopic } from '../../../core/answers/subscriptions.ts';
import { useMay } from '../../api/caller.ts';
import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { confirm } from '../../ui/confirm.tsx';
import { toast } from '../../ui/toast.ts';
import { audienceOf } from './addresses.ts';
import { TEST, TOPICS } from './messages.ts';

/** A real message to all of a topic. */
export function TopicTests({ data }: { readonly data: Subscriptions }): JSX.Element {
  return (
    <Card title={t(TEST.title)}>
      <div class="stack">
        <p>{t(TEST.text)}</p>
        <div class="row">
          {data.topics.map((topic) => (
            <TestButton key={topic} topic={topic} data={data} />
          ))}
        </div>
      </div>
    </Card>
  );
}

interface TestButtonProps {
  readonly topic: SubscriptionTopic;
  readonly data: Subscriptions;
}

function TestButton({ topic, data }: TestButtonProps): JSX.Element {
  const may = useMay('testTopics');
  const [isBusy, setBusy] = useState(false);
  const { all, phones } = audienceOf(data, topic);
  const name = t(TOPICS[topic]);
  const send = async () => {
    const question = { title: t(TEST.sure, name), text: t(TEST.who, all, phones) };
    if (!(await confirm({ ...question, action: t(TEST.send), danger: false }))) return;
    setBusy(true);
    try {
      await ask(`api/v1/topics/${topic}/test`, { method: 'POST' });
      toast(t(TEST.sent, name));
    } catch (error) {
      toast(asFailure(error).message, 'critical');
    }
    setBusy(false);
  };
  const reason = may === false ? t(TEST.onlyOperators) : all === 0 ? t(TEST.nobody) : undefined;
  return (
    <Button busy={isBusy} reason={reason} onClick={() => void send()}>
      {t(TEST.button, name)}
    </Button>
  );
}
