import { randomUUID } from 'node:crypto';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import * as v from 'valibot';
import { reaches } from '../../core/area.ts';
import { err, ok } from '../../core/result.ts';
import type { Role } from '../../core/role.ts';
import { DAY_MS } from '../../core/time.ts';
import manifest from '../../package.json' with { type: 'json' };
import { answerAlertmanager, isAlertmanagerPath } from '../alertmanager-api/answer.ts';
import { auditedAcknowledgements, auditedSilences } from '../alertmanager-api/audited.ts';
import type { AlertmanagerPorts } from '../alertmanager-api/ports.ts';
import { loadRouting, ROUTING_SETTINGS } from '../evaluate/routing.ts';
import { RULE_SETTINGS, readRuleFolder } from '../evaluate/rules.ts';
import { createRuleSource } from '../evaluate/stored-rules.ts';
import { securedHandler } from '../http-headers.ts';
import { type GuardedKeys, guardGuesses } from '../ingest/guess-guard.ts';
import { createKeyCache } from '../ingest/key-cache.ts';
import { createLimiter, type Limiter } from '../ingest/limiter.ts';
import { entryPoint } from '../log/entry-point.ts';
import { createLog } from '../log/log.ts';
import { createAcknowledgementStore } from '../store/acknowledgements.ts';
import { type ApiToken, readApiToken, revokeTokensOf } from '../store/api-tokens.ts';
import { type AuditLog, createAuditLog } from '../store/audit-log.ts';
import { createChunkStore } from '../store/chunks.ts';
import { createCompactionProgress } from '../store/compaction-progress.ts';
import { createDeliveryStore } from '../store/deliveries.ts';
import { openTable } from '../store/dynamo.ts';
import { createFaultLog, type NoteFault } from '../store/fault-log.ts';
import { createInventoryStore } from '../store/inventory.ts';
import { cacheInventory } from '../store/inventory-cache.ts';
import { createLateHours } from '../store/late-hours.ts';
import { PATIENCE_MS, withPatience } from '../store/patience.ts';
import { readRevocationStamp } from '../store/revocations.ts';
import { createRollupReader } from '../store/rollup-reader.ts';
import { cacheRollupState } from '../store/rollup-state.ts';
import { createRuleVersionStore } from '../store/rule-versions.ts';
import { createSessionStore } from '../store/sessions.ts';
import {
  ROLLUP_SETTINGS,
  readSettings,
  TABLE_SETTINGS,
  tableAddress,
  wholeNumber,
} from '../store/settings.ts';
import { createShards } from '../store/shards.ts';
import { createSilenceStore } from '../store/silences.ts';
import { createStateStore } from '../store/state.ts';
import { alertViews } from './alert-views.ts';
import { listAudit } from './audit.ts';
import { AUDIT_PATH, authenticate, authorize } from './authenticate.ts';
import { answerExplain } from './explain/answer.ts';
import { type ExplainPorts, rememberingState } from './explain/ports.ts';
import { createFleet, FLEET_PATH } from './fleet/answer.ts';
import { errorReply, readRequest, reply, textReply } from './http.ts';
import { type AnswerInstall, createInstallAddress, INSTALL_SETTINGS } from './install-address.ts';
import { ReplyTooLong } from './json.ts';
import { isAboutRules, liveRules } from './live-rules.ts';
import { type DashboardFiles, openDashboardFiles } from './pages/dashboard-files.ts';
import { answerPage } from './pages/page.ts';
import type { ApiPorts } from './ports.ts';
import { CALLER_LIMIT, checkRate, TOKEN_GUESS_LIMITS } from './rate-limits.ts';
import { answerRequest } from './routes.ts';
import { answerRouting, isRoutingPath, type RoutingPorts } from './routing/answer.ts';
import { answerRulesEdit, isRulesEditPath } from './rules-edit/answer.ts';
import type { RulesEditPorts } from './rules-edit/ports.ts';
import type { SignIn } from './sign-in/answer.ts';
import { isSignInPath, noSignIn, openSignIn, refusal } from './sign-in/open.ts';
import { readParameter } from './sign-in/settings.ts';
import { answerTokens, isTokenPath } from './tokens/answer.ts';
import { createTokenPorts, type TokenPorts } from './tokens/ports.ts';
import { type AnswerTold, createTold, TOLD_SETTINGS } from './told.ts';
import { WHO_AM_I_PATH, whoAmI } from './who-am-i.ts';

const SETTINGS = {
  ...TABLE_SETTINGS,
  ...ROLLUP_SETTINGS,
  ...RULE_SETTINGS,
  ...ROUTING_SETTINGS,
  ...TOLD_SETTINGS,
  ...INSTALL_SETTINGS,
  /** Where people reach this Hypervigil: what links begin with. */
  EXTERNAL_URL: v.optional(v.pipe(v.string(), v.url())),
  /** Where the dashboard was built to; absent: there are no pages. */
  DASHBOARD_DIR: v.optional(v.pipe(v.string(), v.nonEmpty())),
  /** Some 10 s of decoding. */
  QUERY_MAX_HOST_MINUTES: v.optional(wholeNumber(1, 100_000_000), '100000'),
  /** Some half a cent. */
  QUERY_MAX_READ_UNITS: v.optional(wholeNumber(1, 100_000_000), '40000'),
  /** Below the function's own timeout, so that there is time to say so. */
  QUERY_TIMEOUT_SECONDS: v.optional(wholeNumber(1, 900), '25'),
  /** The parameter that says how people sign in; absent: nobody does, there are tokens only. */
  SIGN_IN_PARAMETER: v.optional(v.pipe(v.string(), v.nonEmpty())),
};

const log = createLog('api');

type Environment = Readonly<Record<string, string | undefined>>;
type Handler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

/**
 * The API for an environment: reads the rules, makes its clients, calls nothing yet.
 *
 * @param askSignIn gives what else SIGN_IN_PARAMETER names
 */
export function createHandler(
  environment: Environment,
  nowMs: () => number = Date.now,
  askSignIn?: () => Promise<string>,
): Handler {
  const settings = readSettings(SETTINGS, environment);
  const table = openTable(tableAddress(settings));
  // It may not write: before anything is stored there is nothing to find.
  const shards = createShards(table, settings.SHARD_COUNT, nowMs, false);
  const deployed = readRuleFolder(settings.RULES_DIR);
  const ruleVersions = createRuleVersionStore(table);
  const ruleSource = createRuleSource(deployed, ruleVersions);
  const live = liveRules(ruleSource, () => performance.now());
  const ports: ApiPorts = {
    reader: {
      chunks: createChunkStore(table, shards),
      inventory: cacheInventory(createInventoryStore(table)),
      // Only to estimate what a query costs: near enough while it changes.
      shardCount: settings.SHARD_COUNT,
      rollups: createRollupReader(table),
      rollupState: cacheRollupState(
        createCompactionProgress(table),
        createLateHours(table),
        shards,
      ),
      retention: {
        rawMs: settings.RAW_RETENTION_DAYS * DAY_MS,
        minuteMs: settings.MINUTE_RETENTION_DAYS * DAY_MS,
        hourMs: settings.HOUR_RETENTION_DAYS * DAY_MS,
      },
      limits: {
        hostMinutes: settings.QUERY_MAX_HOST_MINUTES,
        readUnits: settings.QUERY_MAX_READ_UNITS,
      },
      clockMs: Date.now,
    },
    state: createStateStore(table),
    rules: live.rules,
    externalUrl: settings.EXTERNAL_URL ?? '',
    tickMs: settings.TICK_MS,
    nowMs,
    timeoutMs: settings.QUERY_TIMEOUT_SECONDS * 1000,
  };
  const known = createKeyCache({
    ask: (token) => readApiToken(table, token),
    readStamp: () => readRevocationStamp(table),
  });
  const tokens = guardGuesses(known, TOKEN_GUESS_LIMITS);
  const limiter = createLimiter(CALLER_LIMIT);
  const routing = loadRouting(settings.RULES_DIR, settings);
  const audit = createAuditLog(table, nowMs);
  const silences = createSilenceStore(table);
  const acknowledgements = createAcknowledgementStore(table);
  const ofAlertmanager: Omit<AlertmanagerPorts, 'alerts'> = {
    config: routing.config,
    silences,
    acknowledgements,
    deliveries: createDeliveryStore(table),
    nowMs,
    newId: randomUUID,
    startedAtMs: nowMs(),
    version: manifest.version,
  };
  const alertmanager: Served['alertmanager'] = (externalUrl, who) => ({
    ...ofAlertmanager,
    silences: auditedSilences(silences, audit, who),
    acknowledgements: auditedAcknowledgements(acknowledgements, audit, who),
    alerts: () => alertViews({ ...ports, externalUrl }, ofAlertmanager),
  });
  const fleet = createFleet({ ...ports, config: routing.config, silences, acknowledgements });
  const lastState = rememberingState(ports.state);
  const { escalations } = routing;
  const explaining: Served['explaining'] = (maySeeSamples) => ({
    ...{ ...ports, ...ofAlertmanager, escalations, lastState, maySeeSamples },
  });
  const rulesPorts: RulesEditPorts = {
    ...{ deployed, store: ruleVersions, source: ruleSource, audit, nowMs, api: ports },
  };
  const routingPorts: RoutingPorts = { ...ports, routing, silences };
  const noteFault = createFaultLog(nowMs, log);
  const parameter = settings.SIGN_IN_PARAMETER;
  const askSettings = askSignIn ?? (parameter && (() => readParameter(parameter)));
  const sessions = createSessionStore(table);
  const endTokens = (names: readonly string[], kept: Role | undefined) =>
    revokeTokensOf(table, names, nowMs(), kept);
  const signIn = askSettings
    ? openSignIn({ sessions, audit, endTokens, askSettings, nowMs })
    : undefined;
  const tokenPorts = createTokenPorts(table, sessions, audit, nowMs);
  const told = createTold(table, settings, audit, nowMs);
  const install = createInstallAddress(settings, settings.EXTERNAL_URL);
  const dashboard = openDashboardFiles(settings.DASHBOARD_DIR);
  return securedHandler((event) =>
    withPatience(PATIENCE_MS.api, () =>
      handle(event, {
        ports,
        fleet,
        explaining,
        alertmanager,
        audit,
        tokens,
        limiter,
        tokenPorts,
        dashboard,
        told,
        install,
        routingPorts,
        rulesPorts,
        lookAtRules: live.look,
        signIn,
        noteFault,
      }),
    ),
  );
}

/** What answers. */
interface Served {
  readonly ports: ApiPorts;
  readonly fleet: ReturnType<typeof createFleet>;
  /** For what tells of alerts. */
  readonly explaining: (maySeeSamples: boolean) => ExplainPorts;
  /** For an address under which people reach this Hypervigil, and who asks. */
  readonly alertmanager: (externalUrl: string, who: string) => AlertmanagerPorts;
  readonly audit: AuditLog;
  readonly tokens: GuardedKeys<ApiToken>;
  readonly limiter: Limiter;
  readonly tokenPorts: TokenPorts;
  readonly dashboard: DashboardFiles;
  readonly told: AnswerTold;
  readonly install: AnswerInstall;
  readonly routingPorts: RoutingPorts;
  readonly rulesPorts: RulesEditPorts;
  /** Whether somebody edited them meanwhile. */
  readonly lookAtRules: () => Promise<void>;
  /** Absent: nobody signs in. */
  readonly signIn: SignIn | undefined;
  readonly noteFault: NoteFault;
}

async function handle(
  event: LambdaFunctionURLEvent,
  {
    ports,
    fleet,
    explaining,
    alertmanager,
    audit,
    tokens,
    limiter,
    tokenPorts,
    dashboard,
    told,
    install,
    routingPorts,
    rulesPorts,
    lookAtRules,
    signIn,
    noteFault,
  }: Served,
): Promise<LambdaFunctionURLResult> {
  const request = readRequest(event);
  if (!request.ok) return errorReply(request.error);
  const { method, path } = request.value;
  const page = answerPage(event, dashboard);
  if (page !== undefined) return page;
  if (path === '/-/healthy') return textReply('Hypervigil is Healthy.\n');
  if (path === '/-/ready') return textReply('Hypervigil is Ready.\n');
  if (method === 'OPTIONS') return { statusCode: 204 };
  try {
    const ownOrigins = ownOriginsOf(event, ports.externalUrl);
    if (isSignInPath(path))
      return signIn ? await signIn.answer(event, request.value, ownOrigins) : noSignIn();
    const caller = await authenticate(event, request.value, {
      ...{ tokens, ownOrigins, sessionOf: signIn?.sessionOf, nowMs: ports.nowMs },
    });
    if (!caller.ok) return refusal(event, caller.error, signIn !== undefined);
    const inTime = checkRate(caller.value, limiter, ports.nowMs());
    if (!inTime.ok) return errorReply(inTime.error);
    const allowed = authorize(caller.value, request.value);
    if (!allowed.ok) return errorReply(allowed.error);
    if (isAboutRules(path)) await lookAtRules();
    const externalUrl = ports.externalUrl || `https://${event.requestContext.domainName}`;
    if (isAlertmanagerPath(path)) {
      return await answerAlertmanager(request.value, alertmanager(externalUrl, caller.value.name));
    }
    const maySeeSamples = reaches(caller.value.token?.areas, 'metrics');
    const explained = answerExplain(request.value, explaining(maySeeSamples));
    if (explained !== undefined) return reply(event, await explained);
    if (path === FLEET_PATH)
      return await fleet({ ...request.value, areas: caller.value.token?.areas });
    if (path === WHO_AM_I_PATH && method === 'GET')
      return reply(event, ok(whoAmI(caller.value, dashboard.build())));
    if (path === AUDIT_PATH && method === 'GET')
      return reply(event, await listAudit(request.value.params, audit, ports.nowMs()));
    if (isTokenPath(path))
      return reply(event, await answerTokens(request.value, caller.value, tokenPorts));
    const answer = told(request.value, caller.value, externalUrl) ?? install(request.value);
    if (answer !== undefined) return reply(event, await answer);
    if (isRoutingPath(path)) return reply(event, await answerRouting(request.value, routingPorts));
    if (isRulesEditPath(path))
      return await answerRulesEdit(event, request.value, caller.value, rulesPorts);
    return reply(event, await answerRequest(request.value, ports));
  } catch (error) {
    if (error instanceof ReplyTooLong)
      return errorReply({ kind: 'execution', message: error.message });
    const fault = noteFault(error);
    if (fault === undefined) throw error;
    const message = `the table can't be read just now: ${fault.name}`;
    return reply(event, err({ kind: 'unavailable', message, retryAfterMs: fault.retryAfterMs }));
  }
}

/** As browsers write them; local ones have no TLS. */
function ownOriginsOf({ requestContext }: LambdaFunctionURLEvent, externalUrl: string): string[] {
  const own = `https://${requestContext.domainName}`;
  return externalUrl === '' ? [own] : [own, new URL(externalUrl).origin];
}

/** Lambda's entry point. */
export const handler = entryPoint(log, createHandler);
