import type { RuleFileInfo, RuleFileText } from '../../../core/answers/rules.ts';
import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { knownToken } from '../../api/token.ts';
import { t } from '../../i18n/language.ts';
import { confirm } from '../../ui/confirm.tsx';
import { toast } from '../../ui/toast.ts';
import { RULES } from './messages.ts';
import { filePath, refreshRules } from './rules-data.ts';

/** Gives a text to the browser to keep as a file. */
export function saveAs(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A file as it holds. */
export async function downloadFile(name: string): Promise<void> {
  try {
    saveAs(name, (await ask<RuleFileText>(filePath(name))).text);
  } catch (error) {
    toast(asFailure(error).message, 'critical');
  }
}

/** All groups in one file. */
export async function downloadAll(): Promise<void> {
  try {
    const token = knownToken();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(new URL('api/v1/rules/export', document.baseURI), {
      headers: { ...headers, 'x-hypervigil': '1' },
      cache: 'no-store',
    });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    saveAs('hypervigil.rules.yaml', await answer.text());
  } catch (error) {
    toast(asFailure(error).message, 'critical');
  }
}

/** Asks first. */
export async function deleteFile({ name, version }: RuleFileInfo): Promise<void> {
  const isMeant = await confirm({
    title: t(RULES.deleteTitle, name),
    text: t(RULES.deleteText),
    action: t(RULES.remove),
  });
  if (!isMeant) return;
  try {
    await ask(filePath(name), { method: 'DELETE', json: { basedOn: version } });
    toast(t(RULES.deleted, name));
    refreshRules();
  } catch (error) {
    toast(asFailure(error).message, 'critical');
  }
}
