import { messageOf } from '../log.ts';
import { errorCode } from '../proc/host-files.ts';
import { giveAnswer } from '../run/answer.ts';
import { learnRoots } from '../trust/learn-roots.ts';
import { encodeRootsAnswer } from '../trust/roots-answer.ts';
import type { Flags } from './command.ts';

const HANDSHAKE_WITHIN_MS = 8000;

/** `agent trust --server URL`, which only a running agent asks for. */
export async function execute({ server }: Flags): Promise<void> {
  giveAnswer(await answerFor(new URL(String(server))));
}

async function answerFor(url: URL): Promise<string> {
  try {
    const roots = await learnRoots(url, HANDSHAKE_WITHIN_MS);
    return encodeRootsAnswer({ ok: true, value: roots });
  } catch (error) {
    return encodeRootsAnswer({
      ok: false,
      error: { code: errorCode(error), message: messageOf(error) },
    });
  }
}
