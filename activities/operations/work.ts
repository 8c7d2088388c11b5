/** What every operation works with. */
import type { Instance } from '../../schemas/db/entities/instance.ts';
import type { Operation } from '../../schemas/db/entities/operation.ts';
import type { OperationKind } from '../../schemas/operations/operations.ts';
import type { OperationRequest } from '../../schemas/operations/requests.ts';
import type { InstanceDependencies } from '../instances/activities.ts';
import type { InstanceTarget } from '../instances/rows.ts';
import type { OperationRows } from './rows.ts';

export interface OperationDependencies extends InstanceDependencies {
  operations: OperationRows;
}

export interface OperationTarget extends InstanceTarget {
  operationId: string;
  /** For people who read the history. */
  kind: OperationKind;
}

/** One operation under way. */
export interface Work<K extends OperationKind = OperationKind> {
  deps: OperationDependencies;
  target: OperationTarget;
  operation: Operation;
  instance: Instance;
  /** The provider's reference of the instance, which is there. */
  ref: string;
  request: Extract<OperationRequest, { kind: K }>;
}

/** Does it. What it made goes into the operation's row by id. */
export type Doing<K extends OperationKind> = (work: Work<K>) => Promise<Record<string, string> | void>;
