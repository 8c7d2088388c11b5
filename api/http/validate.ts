/** Checks what came in against the zod shapes; what is wrong is named by path, all of it at once. */
import type { z } from 'zod';
import { ApiProblem } from './problem.ts';

/**
 * The checked value, fit to be stored.
 *
 * @param place where it stood: prefixes the paths, e.g. "body", "query"
 * @param options.passing the value is not stored: any text will do
 * @throws ApiProblem `invalid-request` with `errors`
 */
export function check<S extends z.ZodType>(
  shape: S,
  value: unknown,
  place: string,
  { passing = false }: { passing?: boolean } = {},
): z.output<S> {
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    throw wrong(
      parsed.error.issues.map((issue) => ({ path: pathText(place, issue.path), message: issue.message })),
    );
  }
  // After the shape, which bounds how deep it can be.
  const unstorable = passing ? null : findUnstorable(parsed.data, []);
  if (unstorable) {
    const path = pathText(place, unstorable);
    throw wrong([{ path, message: 'contains characters that are not text (NUL or half a character)' }]);
  }
  return parsed.data;
}

function wrong(errors: { path: string; message: string }[]): ApiProblem {
  const [first] = errors;
  return new ApiProblem('invalid-request', { errors, detail: first && `${first.path}: ${first.message}` });
}

function pathText(place: string, path: readonly PropertyKey[]): string {
  return [place, ...path.map(String)].join('.');
}

/** Postgres stores neither NUL in texts nor lone surrogates in JSON; the path of the first such text or key. */
function findUnstorable(value: unknown, path: string[]): string[] | null {
  if (typeof value === 'string') return isStorable(value) ? null : path;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (!isStorable(key)) return path;
    const found = findUnstorable(inner, [...path, key]);
    if (found) return found;
  }
  return null;
}

/** Whether Postgres can store the text. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
