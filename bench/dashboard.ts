import { countUnits } from './count-units.ts';
import { benchAnswers } from './dashboard/answers.ts';
import { benchBrowser } from './dashboard/browser.ts';
import { HOSTS, startFleetTable, VMS } from './dashboard/fleet-table.ts';

/** The overview of a thousand hosts with ten VMs each: what the API reads and sends, and how the page is in Chromium. */
export async function benchDashboard(args: readonly string[]): Promise<void> {
  console.log(`${HOSTS} hosts with ${VMS} VMs`);
  const units = countUnits();
  const startMs = Date.UTC(2026, 10, 20, 9, 41, 20);
  const fleet = await startFleetTable(startMs);
  console.table(await benchAnswers(fleet, startMs, units));
  fleet.close();
  if (args.includes('--answers')) return;
  const now = await startFleetTable(Date.now());
  console.table(await benchBrowser(now));
  now.close();
}
