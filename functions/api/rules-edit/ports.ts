import type { DeployedFile } from '../../evaluate/rules.ts';
import type { RuleSource } from '../../evaluate/stored-rules.ts';
import type { AuditLog } from '../../store/audit-log.ts';
import type { RuleVersionStore } from '../../store/rule-versions.ts';
import type { ApiPorts } from '../ports.ts';

/** What the endpoints for rule files need of the world. */
export interface RulesEditPorts {
  readonly deployed: ReadonlyMap<string, DeployedFile>;
  readonly store: RuleVersionStore;
  /** The rules that hold. */
  readonly source: RuleSource;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly nowMs: () => number;
  readonly api: ApiPorts;
}
