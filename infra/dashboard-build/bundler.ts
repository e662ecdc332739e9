import { join } from 'node:path';
import type { InlineConfig } from 'vite';
import { ROOT } from './sources.ts';

/** What browsers of the last two years know. */
const TARGET = 'es2023';

/** How the dashboard is bundled, and how it is served while somebody works on it. */
export const BUNDLER = {
  configFile: false,
  root: join(ROOT, 'dashboard'),
  // Relative: it works below whatever address Hypervigil has.
  base: './',
  logLevel: 'warn',
  resolve: {
    // Ariakit is written for React, which Preact stands in for at a tenth of its size.
    alias: [
      { find: 'react/jsx-runtime', replacement: 'preact/jsx-runtime' },
      { find: /^react$/, replacement: join(import.meta.dirname, 'react.js') },
      { find: /^react-dom$/, replacement: 'preact/compat' },
    ],
    dedupe: ['preact'],
  },
  build: {
    target: TARGET,
    emptyOutDir: true,
    // A "data:" address in a style sheet would have to be let in by the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: 'bundles.json',
    // Some chunks are large, and loaded only by the pages that need them.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      // What frameworks of servers read in Ariakit's files says nothing here.
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
} satisfies InlineConfig;
