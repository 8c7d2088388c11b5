/** The servers that the parts share, and namespaces on them. */
import { sharedTemporal } from '../../harness/stack.ts';
import { namespaceFor } from '../../harness/tenure.ts';
import { openBare, type Bare, type BareOptions } from './bare.ts';

/** A bare counterpart on the shared Temporal, in a namespace of its own. */
export async function openSharedBare(
  name: string,
  options: Omit<BareOptions, 'name' | 'namespace' | 'address'> = {},
): Promise<Bare> {
  const { current } = await sharedTemporal();
  const namespace = await namespaceFor(current, `${name}-bare`);
  return openBare({ ...options, name, namespace, address: current.address });
}
