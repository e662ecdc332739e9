import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** A page that says why somebody is not signed in, with ways to go on. It has no script and no style. */
export interface Notice {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly links: readonly { readonly href: string; readonly text: string }[];
}

export function noticeReply({
  status,
  title,
  text,
  links,
}: Notice): APIGatewayProxyStructuredResultV2 {
  const ways = links.map(
    ({ href, text: name }) => `<p><a href="${escaped(href)}">${escaped(name)}</a></p>`,
  );
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Hypervigil</title>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
${ways.join('\n')}
</body>
</html>
`;
  return {
    statusCode: status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body,
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
