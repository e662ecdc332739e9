import { createHandler } from '../../functions/api/handler.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { API_URL } from './browser.ts';
import { type FakeCognito, startFakeCognito } from './fake-cognito.ts';

/** An API with sign-in at a fake Cognito, over a table in memory. */
export interface SignInSite {
  readonly store: TestTable;
  readonly cognito: FakeCognito;
  readonly handler: ReturnType<typeof createHandler>;
  /** Another warm function of the same deployment. */
  readonly another: () => ReturnType<typeof createHandler>;
  /** Sets the clock on; tokens go by the real one. */
  readonly pass: (ms: number) => void;
  readonly nowMs: () => number;
  readonly close: () => Promise<void>;
}

export async function startSite(): Promise<SignInSite> {
  const store = await startTable();
  const cognito = await startFakeCognito();
  let aheadMs = 0;
  const nowMs = () => Date.now() + aheadMs;
  const environment = { ...store.environment, RULES_DIR: 'test/api/rules' };
  const another = () =>
    createHandler(environment, nowMs, async () => JSON.stringify(cognito.settings(API_URL)));
  return {
    ...{ store, cognito, another, nowMs, handler: another() },
    pass: (ms) => {
      aheadMs += ms;
    },
    close: async () => {
      await cognito.close();
      await store.close();
    },
  };
}
