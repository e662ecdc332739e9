import { Command, CommanderError } from 'commander';
import { addAlertCommands } from './alert-commands.ts';
import { addAuditCommand } from './audit-commands.ts';
import { EXIT_USAGE } from './command.ts';
import { addInventoryCommands } from './inventory-commands.ts';
import { addRulesCommands } from './rules-commands.ts';
import { addMaintenanceCommands, addSilenceCommands } from './silence-commands.ts';
import { addTokenCommands } from './token-commands.ts';
import { addTransferCommands } from './transfer-commands.ts';

const program = new Command('hypervigil')
  .description(
    'Tries rules, works with alerts, silences and tokens of a running Hypervigil, and moves samples in and out.',
  )
  .exitOverride()
  .showSuggestionAfterError();

addRulesCommands(program);
addAlertCommands(program);
addInventoryCommands(program);
addSilenceCommands(program);
addMaintenanceCommands(program);
addTokenCommands(program);
addAuditCommand(program);
addTransferCommands(program);

// Whoever reads our output (`| head`) may go.
process.stdout.on('error', () => process.exit());
try {
  await program.parseAsync();
} catch (error) {
  // Commander has said what is wrong, or has printed the help that was asked for.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
}
