/** `refused`: a code or token is good no more. `unreachable`: nobody can say just now. */
export interface TokenFailure {
  readonly code: 'refused' | 'unreachable';
  readonly message: string;
}
