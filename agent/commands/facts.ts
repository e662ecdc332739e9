import { loadHostFacts } from '../collectors/facts.ts';
import { giveAnswer } from '../run/answer.ts';
import type { Flags } from './command.ts';

/** `agent facts`, which only a running agent asks for. */
export async function execute({ rootDir }: Flags): Promise<void> {
  giveAnswer(JSON.stringify(await loadHostFacts(String(rootDir))));
}
