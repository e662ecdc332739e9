import { signal } from '@preact/signals';

/** Nobody is signed in, and no token is good: what a person is asked. */
export interface SignInQuestion {
  /** With who there was, if there was somebody. */
  readonly problem: string | undefined;
  /** Where people sign in, relative; `undefined`: there are tokens only. */
  readonly address: string | undefined;
}

/** Asked at this moment; the shell shows it above everything. */
export const signInQuestion = signal<SignInQuestion | undefined>(undefined);

let answered: PromiseWithResolvers<void> | undefined;

/** Asks who it is; once, however many requests wait for it. */
export function askWhoItIs(question: SignInQuestion): Promise<void> {
  if (answered === undefined) {
    answered = Promise.withResolvers();
    signInQuestion.value = question;
  }
  return answered.promise;
}

/** There is a token now: whoever waits asks again. */
export function answerWhoItIs(): void {
  signInQuestion.value = undefined;
  answered?.resolve();
  answered = undefined;
}
