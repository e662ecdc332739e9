import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';

/** As the build names the part of a single executable that has all commands but `run`. */
export const COMMANDS_ASSET = 'commands.cjs';

interface CommandLine {
  readonly runCommandLine: () => Promise<void>;
}

/**
 * The command line from the part of this executable that is only read when it is asked for: it has
 * four fifths of the code, whose text V8 would keep for as long as the process lasts. `undefined`
 * where all of the agent is in one script.
 */
export function embeddedCommands(): CommandLine | undefined {
  const sea = process.getBuiltinModule('node:sea');
  if (!sea.isSea()) return undefined;
  const module: { exports: unknown } = { exports: {} };
  const run = compileFunction(
    sea.getAsset(COMMANDS_ASSET, 'utf8'),
    ['module', 'exports', 'require'],
    {
      filename: COMMANDS_ASSET,
    },
  );
  run(module, module.exports, createRequire(process.execPath));
  if (!isCommandLine(module.exports)) throw new Error(`${COMMANDS_ASSET}: has no command line`);
  return module.exports;
}

function isCommandLine(value: unknown): value is CommandLine {
  return typeof value === 'object' && value !== null && 'runCommandLine' in value;
}
