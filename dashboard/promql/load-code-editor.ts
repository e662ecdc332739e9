import type { CodeEditor, CodeEditorOptions } from './code-editor.ts';

type Create = (options: Omit<CodeEditorOptions, 'names'>) => CodeEditor;

/**
 * What makes editors; its code is fetched when the page has nothing else to do. `undefined`: it can't be had, or who
 * looks pays for each byte; the plain field serves as well.
 */
export async function loadCodeEditor(): Promise<Create | undefined> {
  if (savesData()) return undefined;
  await idle();
  try {
    const [{ createCodeEditor }, { deploymentNames }] = await Promise.all([
      import('./code-editor.ts'),
      import('./deployment-names.ts'),
    ]);
    return (options) => createCodeEditor({ ...options, names: deploymentNames() });
  } catch {
    // Without a network the plain field stays.
    return undefined;
  }
}

function savesData(): boolean {
  if (!('connection' in navigator)) return false;
  const { connection } = navigator;
  return (
    typeof connection === 'object' &&
    connection !== null &&
    'saveData' in connection &&
    connection.saveData === true
  );
}

/** Not at the cost of what the page is opened for. */
const IDLE_WITHIN_MS = 600;

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis)
      requestIdleCallback(() => resolve(), { timeout: IDLE_WITHIN_MS });
    else setTimeout(resolve, IDLE_WITHIN_MS / 3);
  });
}
