/** An updater as a process of its own, to be killed. Its settings come as one JSON argument. */
import { update } from '../../agent/update/update.ts';
import { type UpdaterSettings, updaterPorts } from './updater-ports.ts';

const settings: UpdaterSettings = JSON.parse(process.argv[2] ?? '');
const log = (line: string) => process.stderr.write(`${line}\n`);
const wish = { isByPolicy: true, isReinstall: false, mayDowngrade: false, version: undefined };
const outcome = await update(wish, updaterPorts(settings, log));
process.stdout.write(`${outcome.ok ? outcome.value : outcome.error}\n`);
process.exit(outcome.ok ? 0 : 1);
