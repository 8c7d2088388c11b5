/** Instances here are of two kinds that live under different paths: a reference says which. */
import { TenureFailure } from '../../../schemas/failures.ts';
import { quote } from '../../http/answers.ts';
import { HYPERVISOR_REASONS as REASONS } from '../port.ts';

export type Kind = 'application' | 'service';

export interface Reference {
  kind: Kind;
  uuid: string;
}

export function toRef({ kind, uuid }: Reference): string {
  return `${kind}:${uuid}`;
}

/**
 * A reference fit for a path: an empty one would turn a call about one thing into a call about all of them.
 *
 * @throws TenureFailure `refused` (`bad-ref`)
 */
export function readRef(ref: string): Reference {
  const [, kind, uuid] = /^(application|service):([A-Za-z0-9][A-Za-z0-9-]{0,63})$/.exec(ref) ?? [];
  if (kind !== undefined && uuid !== undefined) return { kind: kind as Kind, uuid };
  throw new TenureFailure('refused', `"${quote(ref, [])}" is not an id of Coolify.`, {
    reason: REASONS.badRef,
  });
}

/** Path of the thing itself. */
export function pathOf({ kind, uuid }: Reference): string {
  return `/${kind}s/${uuid}`;
}
