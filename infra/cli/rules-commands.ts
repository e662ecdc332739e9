import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { type BacktestFlags, backtest } from './backtest/backtest.ts';
import { printReport } from './backtest/report.ts';
import { finish, withClient, withConnection } from './command.ts';
import { toJson } from './json-text.ts';
import { testRules } from './rule-tests.ts';
import { checkFiles } from './rules-check.ts';
import type { ConnectionFlags } from './settings.ts';
import { processTerminal } from './terminal.ts';

/** `hypervigil rules ...` */
export function addRulesCommands(program: Command): void {
  const rules = program.command('rules').description('check, test and try rules');
  rules
    .command('check')
    .description('read rule files, their tests and routing files, and say what is wrong in them')
    .argument('<file...>')
    .action((files: string[]) => {
      const terminal = processTerminal();
      finish(ok(checkFiles(files, terminal)), terminal);
    });
  rules
    .command('test')
    .description("run rule unit tests, in promtool's format")
    .argument('<file...>')
    .action((files: string[]) => {
      const terminal = processTerminal();
      finish(ok(testRules(files, terminal)), terminal);
    });
  withConnection(
    rules
      .command('backtest')
      .description('what rules would have fired and sent, from stored data')
      .argument('<file...>')
      .option('--since <time>', 'how long ago to begin (7d), or a time', '7d')
      .option('--until <time>', 'how long ago to end, or a time', 'now')
      .option('--step <time>', 'between two evaluations', '60s')
      .option('--routing <file>', 'who is told (alertmanager.yaml beside the first rule file)')
      .option('--silences', 'mute what silences muted then')
      .option('--json', 'everything, for programs'),
  ).action((files: string[], flags: BacktestFlags & ConnectionFlags & { json?: true }) =>
    withClient(flags, async (client, terminal) => {
      const report = await backtest(files, flags, client, terminal, Date.now());
      if (!report.ok) return report;
      if (flags.json === true) terminal.print(toJson(report.value));
      else printReport(report.value, terminal);
      return ok(undefined);
    }),
  );
}
