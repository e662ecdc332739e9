import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { entryPoint } from '../../functions/log/entry-point.ts';
import { createLog, sendPlainLinesTo } from '../../functions/log/log.ts';

const KEY = `hv_${'a1B2'.repeat(8)}`;
const Line = v.looseObject({
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
  level: v.string(),
  message: v.string(),
});

let written: string[] = [];
const lines = () => written.map((line) => v.parse(Line, JSON.parse(line)));

beforeEach(() => {
  written = [];
  const write = (chunk: string | Uint8Array) => {
    written.push(String(chunk));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(write);
  vi.spyOn(process.stderr, 'write').mockImplementation(write);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function inLambda(level = 'INFO'): void {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'Trial-Ingest');
  vi.stubEnv('AWS_LAMBDA_LOG_LEVEL', level);
  vi.stubEnv('DEPLOYMENT', 'Trial');
}

describe('a line in a Lambda', () => {
  test('is JSON that says when, how bad, what, where, in which call, and what else is known', async () => {
    inLambda();
    const log = createLog('ingest');
    const handler = entryPoint(log, () => async (_: unknown) => {
      log.info('told', { receiver: 'oncall', alerts: 3 });
    });
    await handler({}, { awsRequestId: 'b7f0-1' });
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'told',
        function: 'ingest',
        deployment: 'Trial',
        requestId: 'b7f0-1',
        receiver: 'oncall',
        alerts: 3,
      }),
    ]);
    expect(written.join('')).toMatch(/^[^\n]+\n$/);
  });

  test('of an error has its stack, its code and its causes', () => {
    inLambda();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const answer = { headers: { cookie: 'of the answer' } };
    const error = Object.assign(new TypeError('no answer', { cause }), { $response: answer });
    createLog('api').error('failed', { error });
    expect(lines()[0]).toMatchObject({
      level: 'ERROR',
      error: {
        name: 'TypeError',
        message: 'no answer',
        stack: expect.stringContaining('lines.test.ts'),
        cause: { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
      },
    });
    expect(written.join()).not.toContain('of the answer');
  });

  test('has no secret, in whatever field, error or list it stands', () => {
    inLambda();
    createLog('api').error(`no such key ${KEY}`, {
      error: new Error(`POST https://hooks.example.com/services/T0/B0/${'x'.repeat(24)} failed`),
      nested: { headers: { authorization: 'whatever', Cookie: 'a=b' }, list: [`Bearer ${KEY}`] },
    });
    const line = written.join('');
    expect(line).not.toMatch(/a1B2|xxxx|whatever|a=b/);
    expect(line).toContain('https://hooks.example.com/<secret> failed');
    expect(line).toContain('no such key hv_<secret>');
  });

  test('is bounded, however much it is told', () => {
    inLambda();
    const errors = Array.from({ length: 10_000 }, (_, i) => `error ${i}`);
    createLog('compact').error('compacted in part', { errors, text: 'x'.repeat(1_000_000) });
    expect(written.join('').length).toBeLessThan(10_000);
    expect(written.join('')).toContain('... and 9950 more');
    expect(written.join('')).toContain('(1000000 characters)');
  });

  test('is not written below the level that the function is set to', () => {
    inLambda('WARN');
    const log = createLog('api');
    log.debug('a');
    log.info('b');
    log.warn('c');
    expect(lines().map(({ message }) => message)).toEqual(['c']);
  });
});

describe('a call', () => {
  test('that fails is in the log with its path, without its query, and fails all the same', async () => {
    inLambda();
    const handler = entryPoint(createLog('api'), () => async (_: object): Promise<void> => {
      throw new RangeError('a bug');
    });
    const event = { rawPath: '/auth/callback', rawQueryString: 'code=abc' };
    await expect(handler(event, { awsRequestId: '7' })).rejects.toThrow('a bug');
    expect(lines()).toMatchObject([
      { message: 'failed', path: '/auth/callback', requestId: '7', error: { name: 'RangeError' } },
    ]);
    expect(written.join()).not.toContain('code=abc');
  });

  test('whose function cannot be made fails, and the next one tries again', async () => {
    inLambda();
    let isSet = false;
    const handler = entryPoint(createLog('api'), () => {
      if (!isSet) throw new Error('TABLE_NAME is missing');
      return async (n: number) => n + 1;
    });
    await expect(handler(1)).rejects.toThrow('TABLE_NAME');
    isSet = true;
    expect(await handler(1)).toBe(2);
    expect(lines()).toMatchObject([{ level: 'ERROR', message: 'failed' }]);
  });

  test('leaves a line where somebody looks for a fault', async () => {
    inLambda('DEBUG');
    await entryPoint(createLog('api'), () => async (_: object) => 1)({ rawPath: '/graph' });
    expect(lines()).toMatchObject([{ level: 'DEBUG', message: 'call', path: '/graph' }]);
  });

  test('that is well and quick leaves no line; one that takes long does', async () => {
    inLambda();
    const log = createLog('api');
    await entryPoint(log, () => async (_: object) => 1)({ rawPath: '/' });
    expect(written).toEqual([]);
    await entryPoint(log, () => async (_: object) => 1, 0)({ rawPath: '/graph' });
    expect(lines()).toMatchObject([{ message: 'slow', path: '/graph' }]);
  });
});

test('on one machine errors are a sentence for a person, and all else is not told', () => {
  const told: string[] = [];
  sendPlainLinesTo(({ function: name, text }) => told.push(`${name}: ${text}`));
  const log = createLog('ingest');
  log.info('told');
  log.warn('refused');
  log.error('no answer of install', { error: new Error(`the key ${KEY} is refused`) });
  expect(told).toEqual(['ingest: no answer of install: Error: the key hv_<secret> is refused']);
  expect(written).toEqual([]);
});
