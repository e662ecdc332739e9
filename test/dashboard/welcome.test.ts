import { expect, test } from 'vitest';
import { tokenOfWelcome, welcomeLink } from '../../core/answers/welcome-link.ts';

const TOKEN = `hvt_${'aB3_-'.repeat(7)}`;

function opened(link: string): string | undefined {
  return tokenOfWelcome(new URL(link));
}

test.each(['http://127.0.0.1:9470', 'http://localhost:9470/', 'http://[::1]:9470'])(
  'the link of %s has its token for the page there',
  (url) => {
    const link = welcomeLink(url, TOKEN);
    expect(opened(link)).toBe(TOKEN);
    expect(new URL(link).pathname).toBe('/');
  },
);

test.each([
  ['of another machine', `https://watch.example.com/#token=${TOKEN}`],
  ['of a name that only begins so', `http://localhost.example.com/#token=${TOKEN}`],
  ['with no token in it', 'http://127.0.0.1:9470/#token='],
  ['with something else', 'http://127.0.0.1:9470/#token=<script>'],
  ['of an alert', 'http://127.0.0.1:9470/#/alerts'],
])('a link %s signs nobody in', (_what, link) => {
  expect(opened(link)).toBeUndefined();
});
