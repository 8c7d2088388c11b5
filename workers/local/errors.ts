/**
 * Something that the person at the keyboard must change before Tenure can start.
 * The message is one sentence that says what is wrong and what to do about it; it is printed as it is.
 */
export class StartError extends Error {
  override name = 'StartError';
}

/** The message of whatever was thrown; the cause's where the error itself only says that something failed. */
export function messageOf(error: unknown): string {
  if (error instanceof TypeError && error.cause) return messageOf(error.cause);
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
