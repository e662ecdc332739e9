/**
 * What is said to PowerShell, and how its answers are told from anything else it prints. A request is
 * one line, `hv 17 { script }`; its answer is one line too, `<hv:17:ok:LENGTH>JSON`, or
 * `<hv:17:fail:LENGTH>JSON` with why not. All of it is ASCII: what is not is escaped in the JSON, so
 * that no code page of the system matters.
 */

/** Sent once, before any request. Each line is a whole statement: PowerShell runs it as it comes. */
export const PRELUDE: string = [
  "$ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue';$WarningPreference='SilentlyContinue'",
  // Without a console there is no encoding to set.
  'try{[Console]::OutputEncoding=New-Object System.Text.UTF8Encoding $false}catch{}',
  "function hvsay($id,$what,$json){$text=[regex]::Replace($json,'[^ -~]',{param($m) '\\u{0:x4}' -f [int]$m.Value[0]});[Console]::Out.WriteLine('<hv:'+$id+':'+$what+':'+$text.Length+'>'+$text);[Console]::Out.Flush()}",
  // The last 256 errors would be kept, each with all it refers to.
  "function hv($id,$ask){try{$rows=@(& $ask);hvsay $id 'ok' (ConvertTo-Json -Compress -Depth 3 -InputObject $rows)}catch{$e=$_;$kind=[string]$e.Exception.NativeErrorCode;if(!$kind){$kind=[string]$e.FullyQualifiedErrorId};hvsay $id 'fail' (ConvertTo-Json -Compress -InputObject @{kind=$kind;message=[string]$e.Exception.Message})};$Error.Clear()}",
  '',
].join('\n');

/** Longer than any healthy provider of WMI takes, and shorter than `ANSWER_WITHIN_MS`: it fails alone then. */
const OPERATION_TIMEOUT_SECONDS = 10;

/** A request as it is written. `script` is one line of PowerShell in ASCII that gives objects. */
export function requestLine(id: number, script: string): string {
  if (!/^[ -~]+$/.test(script))
    throw new Error(`a script for PowerShell must be one line of ASCII: ${script}`);
  return `hv ${id} {${script}}\n`;
}

/** One answer, or that a line is none. */
export interface Frame {
  readonly id: number;
  readonly outcome: 'ok' | 'fail';
  /** The decoded JSON; `undefined` where it is not what was sent: cut, or mixed with something else. */
  readonly payload: unknown;
}

/** Finds the answer in a line; `undefined` for a line that holds none, such as a warning. */
export function frameIn(line: string): Frame | undefined {
  const found = /<hv:(\d+):(ok|fail):(\d+)>(.*)$/.exec(line.trimEnd());
  if (found === null) return undefined;
  const [, id, outcome, length, json = ''] = found;
  const payload = json.length === Number(length) ? parse(json) : undefined;
  return { id: Number(id), outcome: outcome === 'ok' ? 'ok' : 'fail', payload };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export interface CimQuery {
  readonly namespace: string;
  readonly className: string;
  readonly properties: readonly string[];
  /** A condition in WQL. */
  readonly where?: string | undefined;
}

/** A script that gives these properties of all instances of a class. */
export function cimScript({ namespace, className, properties, where }: CimQuery): string {
  const names = properties.join(',');
  const condition = where === undefined ? '' : ` WHERE ${where}`;
  const query = `SELECT ${names} FROM ${className}${condition}`;
  return [
    `Get-CimInstance -Namespace ${quoted(namespace)} -Query ${quoted(query)}`,
    ` -OperationTimeoutSec ${OPERATION_TIMEOUT_SECONDS}`,
    // Without it each row would carry its class, with all properties and qualifiers.
    `|Select-Object ${names}`,
  ].join('');
}

/** As a text of PowerShell in which nothing is special. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
