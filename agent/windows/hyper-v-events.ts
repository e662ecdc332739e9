import * as v from 'valibot';
import { rowsIn } from './cim.ts';
import { OFF_EVENT_IDS, offReasonOf } from './hyper-v-state.ts';
import type { AskError, PowerShell } from './powershell.ts';
import { ANSWER_WITHIN_MS } from './read-rows.ts';

/** More than ever matter; the newest come first. */
const EVENTS_MAX = 256;

/**
 * Since the host has booted: of a VM that is off since then nobody knows whether it should be. Each
 * event as XML, for where a VM's id stands in it differs from one event to the next.
 */
const EVENTS_SCRIPT = [
  "$boot=(Get-CimInstance -Query 'SELECT LastBootUpTime FROM Win32_OperatingSystem').LastBootUpTime;",
  "Get-WinEvent -FilterHashtable @{LogName='Microsoft-Windows-Hyper-V-Worker-Admin','Microsoft-Windows-Hyper-V-VMMS-Admin';",
  `Id=${OFF_EVENT_IDS.join(',')};StartTime=$boot} -MaxEvents ${EVENTS_MAX}`,
  "|Sort-Object TimeCreated -Descending|Select-Object Id,@{n='Xml';e={$_.ToXml()}}",
].join('');

const Events = v.pipe(
  v.unknown(),
  v.transform(rowsIn),
  v.array(v.object({ Id: v.number(), Xml: v.string() })),
);

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** Why VMs went off, by their id in small letters: what the newest event of each says. */
export async function readOffReasons(
  powerShell: PowerShell,
): Promise<ReadonlyMap<string, string> | AskError> {
  const answer = await powerShell.ask(EVENTS_SCRIPT, ANSWER_WITHIN_MS);
  if (!answer.ok) {
    // That there is none is told as an error.
    return /^NoMatchingEventsFound/.test(answer.error.kind) ? new Map() : answer.error;
  }
  const events = v.safeParse(Events, answer.value);
  if (!events.success) {
    return { code: 'garbage', kind: '', message: `events: ${events.issues[0].message}` };
  }
  const reasons = new Map<string, string>();
  for (const { Id: id, Xml: xml } of events.output) {
    // The head of an event has ids of its provider and of what caused it.
    const [, told = ''] = /<(?:EventData|UserData)\b(.*)/s.exec(xml) ?? [];
    for (const [vm] of told.matchAll(GUID)) {
      const key = vm.toLowerCase();
      if (!reasons.has(key)) reasons.set(key, offReasonOf(id));
    }
  }
  return reasons;
}
