import { expect, test } from 'vitest';
import { noticesOf } from '../../infra/dashboard-build/notices.ts';

test('each package of the bundle is told of once, with its licence; our own sources are not', () => {
  const text = noticesOf([
    'core/result.ts',
    'node_modules/preact/dist/preact.module.js',
    'node_modules/preact/hooks/dist/hooks.module.js',
    'node_modules/@preact/signals/dist/signals.module.js',
  ]);
  expect(text.match(/^\S+ \d+\.\d+\.\d+ \(.*\)$/gm)?.map((line) => line.split(' ')[0])).toEqual([
    '@preact/signals',
    'preact',
  ]);
  expect(text.match(/Permission is hereby granted, free of charge/g)).toHaveLength(2);
});
