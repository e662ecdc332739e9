import type { Fault, Schedule } from './proxy.ts';

/** The embedded table answers in some milliseconds, and on a busy machine in some hundred; what takes this long will not come. */
export const ANSWER_MS = 400;

/** What passes by itself: the SDK's client, or whoever was told 503, comes again. */
export const PASSING: Readonly<Record<string, Fault>> = {
  'throughput exceeded': {
    kind: 'refused',
    status: 400,
    name: 'ProvisionedThroughputExceededException',
  },
  throttled: { kind: 'refused', status: 400, name: 'ThrottlingException' },
  'request limit': { kind: 'refused', status: 400, name: 'RequestLimitExceeded' },
  'KMS throttled': { kind: 'refused', status: 400, name: 'KMSThrottlingException' },
  'internal error': { kind: 'refused', status: 500, name: 'InternalServerError' },
  unavailable: { kind: 'refused', status: 503, name: 'ServiceUnavailable' },
  'a gateway in between': { kind: 'page', status: 502 },
  'connection cut before': { kind: 'cut', when: 'unseen' },
  'answer lost': { kind: 'cut', when: 'done' },
  'answer cut in the midst': { kind: 'cut', when: 'half' },
  'half an answer': { kind: 'truncated' },
  'no answer': { kind: 'hang', when: 'unseen' },
  'done, and no answer': { kind: 'hang', when: 'done' },
  'an answer that stops': { kind: 'hang', when: 'half' },
};

/** What goes on until somebody mends it. */
export const LASTING: Readonly<Record<string, Fault>> = {
  'access denied': { kind: 'refused', status: 400, name: 'AccessDeniedException' },
  'no table': { kind: 'refused', status: 400, name: 'ResourceNotFoundException' },
  'expired credentials': { kind: 'refused', status: 400, name: 'ExpiredTokenException' },
  'unknown credentials': { kind: 'refused', status: 400, name: 'UnrecognizedClientException' },
  'key denied': { kind: 'refused', status: 400, name: 'KMSAccessDeniedException' },
  'key disabled': { kind: 'refused', status: 400, name: 'KMSDisabledException' },
};

/** The fault at each call; at those of some operations, if any are named. */
export function always(fault: Fault, ...operations: readonly string[]): Schedule {
  return ({ operation }) =>
    operations.length === 0 || operations.includes(operation) ? fault : undefined;
}

/** The fault at one call. */
export function at(index: number, fault: Fault): Schedule {
  return (call) => (call.index === index ? fault : undefined);
}
