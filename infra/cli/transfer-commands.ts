import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { finish, withClient, withConnection } from './command.ts';
import { type ExportFlags, exportSamples } from './export/export.ts';
import { type ImportFlags, importSamples } from './import/import.ts';
import type { ConnectionFlags } from './settings.ts';
import { processTerminal } from './terminal.ts';

const MATCH_HELP = `only series of these selectors, such as '{host="web-1"}'; may be repeated`;

/** `hypervigil export`, `hypervigil import`. */
export function addTransferCommands(program: Command): void {
  withConnection(
    program
      .command('export')
      .description('write stored samples as OpenMetrics, which promtool makes blocks of')
      .requiredOption('--from <time>', 'how long ago to begin (7d), or a time')
      .option('--to <time>', 'how long ago to end, or a time', 'now')
      .option('--match <selector...>', MATCH_HELP)
      .option('--output <file>', 'where to write; - is standard output', '-')
      .option('--resolution <points>', 'coarsest that will do: raw, 1m or 1h', '1h'),
  ).action((flags: ConnectionFlags & ExportFlags) =>
    withClient(flags, (client, terminal) =>
      exportSamples(flags, client, terminal, { nowMs: Date.now(), wait }),
    ),
  );
  program
    .command('import')
    .description('store samples of OpenMetrics files, or of a Prometheus by its remote read')
    .argument('[file...]', 'OpenMetrics text, packed if it ends with .gz; - is standard input')
    .option('--remote-read <url>', 'a Prometheus to read from instead, http://prometheus:9090')
    .option('--remote-read-token-file <file>', 'file with a bearer token for it')
    .option('--from <time>', 'how long ago to begin (90d), or a time; needed with --remote-read')
    .option('--to <time>', 'how long ago to end, or a time')
    .option('--match <selector...>', MATCH_HELP)
    .option(
      '--write-url <url>',
      'remote write of Hypervigil (HYPERVIGIL_WRITE_URL; http://127.0.0.1:9470/api/v1/write)',
    )
    .option(
      '--key-file <file>',
      "file with a sender's key (HYPERVIGIL_KEY_FILE; .hypervigil/keys/import.key)",
    )
    .action(async (files: string[], flags: ImportFlags) => {
      const terminal = processTerminal();
      const ports = { nowMs: Date.now(), wait, environment: process.env };
      finish(await importSamples(files, flags, terminal, ports), terminal);
    });
}
