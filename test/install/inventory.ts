import type { Machine } from './machine.ts';

/** What any program that runs writes, and what package managers note of themselves. */
const CHANGING = [
  ...['/proc', '/sys', '/dev', '/run', '/tmp', '/var/tmp'],
  ...[
    '/var/log',
    '/var/lib/systemd',
    '/var/lib/rpm',
    '/var/lib/dpkg/status*',
    '/var/lib/dpkg/lock*',
  ],
  ...['/var/lib/dpkg/triggers', '/var/cache', '/root/.rpmdb'],
];

/** All its files, a line each: path, mode, owner, and where a link leads. /opt may be a disk of its own. */
export function allFiles(machine: Machine): Promise<string> {
  const left = CHANGING.map((path) => `-path '${path}'`).join(' -o ');
  return machine.run(
    `find / /opt -xdev \\( ${left} \\) -prune -o -printf '%p %M %u:%g %l\\n' | LC_ALL=C sort -u`,
  );
}

/** All its users and groups. */
export function allUsers(machine: Machine): Promise<string> {
  return machine.run('cat /etc/passwd /etc/group /etc/shadow /etc/gshadow');
}

/** Lines that are in one only, with - or +. */
export function differences(before: string, after: string): readonly string[] {
  const [was, is] = [new Set(before.split('\n')), new Set(after.split('\n'))];
  return [
    ...[...was].filter((line) => !is.has(line)).map((line) => `- ${line}`),
    ...[...is].filter((line) => !was.has(line)).map((line) => `+ ${line}`),
  ];
}
