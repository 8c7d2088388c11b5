/**
 * What stands in a workflow for an argument that the worker could not read. Pure. Without it a single damaged message would
 * fail the workflow's task again and again, and nothing after it would be heard.
 */
export interface Unreadable {
  /** `unknown-key`: readable again once the key is back in the ring · `damaged`: never. */
  unreadable: 'unknown-key' | 'damaged';
  /** For operators; no secrets. */
  message: string;
}

export function isUnreadable(value: unknown): value is Unreadable {
  return typeof value === 'object' && value !== null && 'unreadable' in value;
}
