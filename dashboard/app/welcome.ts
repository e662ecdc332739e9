import { tokenOfWelcome } from '../../core/answers/welcome-link.ts';
import { keepToken } from '../api/token.ts';

/** The link that `npm start` shows signs its tab in; the token is gone from the address at once. */
export function takeWelcome(): void {
  const token = tokenOfWelcome(location);
  if (token === undefined) return;
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  keepToken(token, false);
}
