import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { SubscriptionTopic } from '../../../core/answers/subscriptions.ts';
import { t } from '../../i18n/language.ts';
import { Checkbox } from '../../ui/text-field.tsx';
import { TOPIC_HELP, TOPICS } from './messages.ts';

interface TopicChoiceProps<Topic extends SubscriptionTopic> {
  readonly label: string;
  readonly topics: readonly Topic[];
  readonly chosen: readonly Topic[];
  readonly onChange: (chosen: readonly Topic[]) => void;
  readonly error?: string | undefined;
}

/** Of what to hear: some of the topics. */
export function TopicChoice<Topic extends SubscriptionTopic>(
  props: TopicChoiceProps<Topic>,
): JSX.Element {
  const { label, topics, chosen, onChange, error } = props;
  const id = useId();
  return (
    <fieldset class="subscriptions-choice" aria-describedby={error === undefined ? undefined : id}>
      <legend class="field-label">{label}</legend>
      {topics.map((topic) => (
        <Checkbox
          key={topic}
          label={
            <>
              {t(TOPICS[topic])} <span class="quiet">· {t(TOPIC_HELP[topic])}</span>
            </>
          }
          checked={chosen.includes(topic)}
          onChange={(is) =>
            onChange(topics.filter((one) => (one === topic ? is : chosen.includes(one))))
          }
        />
      ))}
      {error !== undefined && (
        <p class="field-error" id={id} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
