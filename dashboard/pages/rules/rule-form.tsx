import type { JSX } from 'preact';
import { parseDurationMs } from '../../../core/rules/duration.ts';
import { t } from '../../i18n/language.ts';
import { PromqlEditor } from '../../promql/editor.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { EntriesField } from './entries-field.tsx';
import { EDIT } from './messages.ts';
import type { RuleFields } from './rule-document.ts';

const SEVERITIES = ['critical', 'warning', 'info'];

interface RuleFormProps {
  readonly fields: RuleFields;
  readonly onChange: (fields: RuleFields) => void;
  /** What the API said of the expression as it is. */
  readonly exprError: string | undefined;
}

/** One alerting rule, field by field. */
export function RuleForm({ fields, onChange, exprError }: RuleFormProps): JSX.Element {
  const { alert, expr, labels, annotations } = fields;
  const set = (changes: Partial<RuleFields>) => onChange({ ...fields, ...changes });
  const severity = labels.find(([name]) => name === 'severity')?.[1] ?? '';
  const severities =
    SEVERITIES.includes(severity) || severity === '' ? SEVERITIES : [...SEVERITIES, severity];
  const setSeverity = (value: string) => {
    const others = labels.filter(([name]) => name !== 'severity');
    const at = labels.findIndex(([name]) => name === 'severity');
    if (value === '') return set({ labels: others });
    if (at < 0) return set({ labels: [['severity', value], ...labels] });
    set({ labels: labels.map((entry, i) => (i === at ? ['severity', value] : entry)) });
  };
  // `severity` has a field of its own; it keeps its place among the others.
  const setOthers = (others: RuleFields['labels']) =>
    set({ labels: [...labels.filter(([name]) => name === 'severity'), ...others] });
  return (
    <div class="rules-fields">
      <TextField
        label={t(EDIT.name)}
        required
        code
        value={alert}
        onChange={(value) => set({ alert: value })}
      />
      <PromqlEditor
        label={t(EDIT.expr)}
        lines={3}
        value={expr}
        onChange={(value) => set({ expr: value })}
        error={exprError}
      />
      <div class="rules-row-of-fields">
        <TextField
          label={t(EDIT.for)}
          help={t(EDIT.forHelp)}
          code
          value={fields.for}
          onChange={(value) => set({ for: value.trim() })}
          error={durationError(fields.for)}
        />
        <TextField
          label={t(EDIT.keep)}
          help={t(EDIT.keepHelp)}
          code
          value={fields.keep_firing_for}
          onChange={(value) => set({ keep_firing_for: value.trim() })}
          error={durationError(fields.keep_firing_for)}
        />
        <Select
          label={t(EDIT.severity)}
          value={severity}
          onChange={setSeverity}
          options={[
            { value: '', text: t(EDIT.noSeverity) },
            ...severities.map((value) => ({ value, text: value })),
          ]}
        />
      </div>
      <EntriesField
        label={t(EDIT.otherLabels)}
        entries={labels.filter(([name]) => name !== 'severity')}
        onChange={setOthers}
        nameOf={(n) => (n === 0 ? 'team' : `label${n}`)}
      />
      <EntriesField
        label={t(EDIT.annotations)}
        entries={annotations}
        onChange={(value) => set({ annotations: value })}
        isLong
        nameOf={(n) => ['summary', 'description', 'runbook_url'][n] ?? `note${n}`}
      />
    </div>
  );
}

function durationError(text: string): string | undefined {
  return text === '' || parseDurationMs(text).ok ? undefined : t(EDIT.badDuration);
}
