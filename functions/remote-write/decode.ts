import { err, ok, type Result } from '../../core/result.ts';
import { decodeV1 } from './decode-v1.ts';
import { decodeV2 } from './decode-v2.ts';
import { MessageFault, type Protocol, type SentSeries } from './message.ts';
import type { Refusal } from './refusal.ts';

/** The series of a message, from bytes nobody vouches for. Any bytes give series or a refusal. */
export function decodeMessage(
  protocol: Protocol,
  message: Uint8Array,
): Result<readonly SentSeries[], Refusal> {
  try {
    return ok(protocol === 'prometheus.WriteRequest' ? decodeV1(message) : decodeV2(message));
  } catch (fault) {
    if (fault instanceof MessageFault)
      return err({ status: fault.status, message: `${protocol}: ${fault.message}` });
    // The reader throws plain errors where bytes end too early or a tag is none.
    if (fault instanceof Error)
      return err({ status: 400, message: `the body is not a ${protocol}: ${fault.message}` });
    throw fault;
  }
}
