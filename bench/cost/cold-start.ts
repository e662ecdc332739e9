import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '../../infra/aws/bundle.ts';
import type { LambdaName } from './deployment.ts';

const ENTRIES: Readonly<Record<LambdaName, string>> = {
  Ingest: 'functions/ingest/handler.ts',
  Evaluator: 'functions/evaluate/handler.ts',
  Compactor: 'functions/compact/handler.ts',
  Api: 'functions/api/handler.ts',
};

/** CPU of loading each Lambda's code, bundled as it is deployed, in a process of its own: ms. */
export function measureColdStarts(): Record<LambdaName, number> {
  const nothing = loadMs('data:text/javascript,');
  const of = (name: LambdaName) => {
    const { directory } = bundle(ENTRIES[name]);
    return loadMs(pathToFileURL(join(directory, 'index.mjs')).href) - nothing;
  };
  return {
    Ingest: of('Ingest'),
    Evaluator: of('Evaluator'),
    Compactor: of('Compactor'),
    Api: of('Api'),
  };
}

function loadMs(url: string): number {
  const script = `await import(${JSON.stringify(url)}); console.log(JSON.stringify(process.cpuUsage()))`;
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  const { user, system }: { user: number; system: number } = JSON.parse(text);
  return (user + system) / 1000;
}
