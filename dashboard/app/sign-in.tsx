import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { CALLER_KEY } from '../api/caller.ts';
import { ask } from '../api/client.ts';
import { refreshPolled } from '../api/poll.ts';
import { answerWhoItIs, type SignInQuestion, signInQuestion } from '../api/sign-in-question.ts';
import { forgetToken, keepToken, knownToken } from '../api/token.ts';
import { t } from '../i18n/language.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Checkbox, TextField } from '../ui/text-field.tsx';
import { SIGN_IN } from './messages.ts';
import { forgetPerson } from './settings.ts';
import './sign-in.css';

/** Asks who it is while nobody is signed in and no token is good: there is nothing to see without. */
export function SignInDialog(): JSX.Element | null {
  const question = signInQuestion.value;
  const wasAsked = useRef(false);
  useEffect(() => {
    // What had the focus before may be gone: the page begins anew.
    if (wasAsked.current && question === undefined) document.querySelector('main')?.focus();
    wasAsked.current = question !== undefined;
  }, [question]);
  return question === undefined ? null : <Asked question={question} />;
}

function Asked({ question: { problem, address } }: { readonly question: SignInQuestion }) {
  const title = address === undefined ? t(SIGN_IN.tokenTitle) : t(SIGN_IN.signInTitle);
  return (
    <Dialog open title={title}>
      {problem !== undefined && (
        <p class="sign-in-problem" role="alert">
          {problem}
        </p>
      )}
      {address === undefined ? (
        <TokenForm />
      ) : (
        <>
          <p>
            <a class="button button-primary sign-in-link" href={wayToSignIn(address)}>
              {t(SIGN_IN.signIn)}
            </a>
          </p>
          <details class="sign-in-token">
            <summary>{t(SIGN_IN.useToken)}</summary>
            <TokenForm />
          </details>
        </>
      )}
    </Dialog>
  );
}

/** Comes back to what is open here. */
function wayToSignIn(address: string): string {
  const { pathname, search, hash } = location;
  return `${address}?return=${encodeURIComponent(pathname + search + hash)}`;
}

function TokenForm(): JSX.Element {
  const [token, setToken] = useState('');
  const [isKept, setKept] = useState(false);
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() === '') return;
        keepToken(token.trim(), isKept);
        answerWhoItIs();
        refreshPolled(CALLER_KEY);
      }}
    >
      {/* For password managers. */}
      <input autoComplete="username" value="hypervigil" hidden readOnly />
      <TextField
        label={t(SIGN_IN.token)}
        type="password"
        value={token}
        onChange={setToken}
        autocomplete="current-password"
        placeholder="hvt_…"
        help={t(SIGN_IN.tokenHelp)}
        code
      />
      <Checkbox label={t(SIGN_IN.keep)} checked={isKept} onChange={setKept} />
      <Button kind="primary" type="submit">
        {t(SIGN_IN.continue)}
      </Button>
      <p class="field-help">{t(SIGN_IN.whereLocal)}</p>
    </form>
  );
}

/** Ends the session, or forgets the token, and asks who it is. */
export async function signOut(): Promise<void> {
  if (knownToken() !== undefined) {
    forgetToken();
    forgetPerson();
    return location.reload();
  }
  const { location: next } = await ask<{ readonly location: string | null }>('sign-out', {
    method: 'POST',
  });
  forgetPerson();
  // Cognito knows the person still, and would sign them in again without a word.
  if (next === null) location.reload();
  else location.assign(next);
}
