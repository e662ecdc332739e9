/**
 * The header by which an agent says that a batch cannot wait for the next tick: a VM has just crashed.
 * It asks for a tick once the batch is stored, and changes nothing else.
 */
export const URGENT_HEADER = 'x-hypervigil-urgent';
export const URGENT_VALUE = '1';
