import { createServer } from 'vite';
import { BUNDLER } from './bundler.ts';

/**
 * `npm run dashboard:watch -- --api http://127.0.0.1:9470 --port 5173`: serves the dashboard from its sources, changed
 * as they are, against an API that runs elsewhere on this machine.
 */
const api = argument('--api') ?? 'http://127.0.0.1:9470';
const port = Number(argument('--port') ?? '5173');

const server = await createServer({
  ...BUNDLER,
  server: {
    port,
    host: '127.0.0.1',
    strictPort: true,
    proxy: Object.fromEntries(
      ['^/api/v[12]/', '^/v1/', '^/-/', '^/sign-(in|out)'].map((path) => [
        path,
        // As the API's own pages would ask it.
        { target: api, changeOrigin: true, headers: { origin: api } },
      ]),
    ),
  },
});
await server.listen();
console.log(`dashboard: http://127.0.0.1:${port} (API: ${api})`);

function argument(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
