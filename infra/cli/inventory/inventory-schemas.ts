import * as v from 'valibot';

/** Answers of `/api/v1/hosts` and `/api/v1/vms`. Times become ms since 1970. */

const texts = v.record(v.string(), v.string());
const time = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text)),
  v.number('not a time'),
);

export const ListedHost = v.object({
  host: v.string(),
  state: v.exactOptional(v.string()),
  silentSince: v.exactOptional(time),
  firstSeen: time,
  lastSeen: time,
  os: v.exactOptional(v.string()),
  kernel: v.exactOptional(v.string()),
  arch: v.exactOptional(v.string()),
  cpu: v.exactOptional(v.string()),
  virtualization: v.exactOptional(v.string()),
  hypervisor: v.exactOptional(v.string()),
  agentVersion: v.exactOptional(v.string()),
  cpuCount: v.exactOptional(v.number()),
  memoryBytes: v.exactOptional(v.number()),
  tags: texts,
  formerNames: v.array(v.string()),
  vms: v.exactOptional(v.object({ running: v.number(), other: v.number() })),
});
export type ListedHost = v.InferOutput<typeof ListedHost>;

const Placement = v.object({ host: v.string(), from: time, to: v.exactOptional(time) });
export type Placement = v.InferOutput<typeof Placement>;

export const ListedVm = v.object({
  uuid: v.string(),
  name: v.string(),
  formerNames: v.array(v.string()),
  host: v.exactOptional(v.string()),
  state: v.exactOptional(v.string()),
  stateSince: v.exactOptional(time),
  alsoOn: v.optional(v.array(v.object({ host: v.string(), state: v.string() })), []),
  vcpus: v.exactOptional(v.number()),
  memoryBytes: v.exactOptional(v.number()),
  hypervisor: v.exactOptional(v.string()),
  tags: texts,
  firstSeen: time,
  lastSeen: time,
  placements: v.exactOptional(v.array(Placement)),
});
export type ListedVm = v.InferOutput<typeof ListedVm>;

const page = { asOf: v.nullable(time), total: v.number(), next: v.exactOptional(v.string()) };
export const HostPage = v.object({ data: v.object({ ...page, hosts: v.array(ListedHost) }) });
export const VmPage = v.object({ data: v.object({ ...page, vms: v.array(ListedVm) }) });
