import type { z } from 'zod';
import type { ServedKind } from './kinds.ts';
import type { Sent } from './objects.ts';
import { badRequest, invalid } from './status.ts';

/**
 * Checks an object against its kind as the server does: unknown fields are refused with `fieldValidation=Strict` and vanish
 * silently otherwise; everything else that is wrong is refused in any case.
 *
 * @throws StatusError 400 for unknown fields, 422 for wrong ones.
 */
export function checkObject(kind: ServedKind, body: unknown, fieldValidation: unknown): Sent {
  const sent = structuredClone(body) as Sent;
  if (typeof sent !== 'object' || sent === null) throw badRequest('the object provided is unrecognized');
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  if (sent.apiVersion !== apiVersion || sent.kind !== kind.kind) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): ${String(sent.apiVersion)}, Kind=${String(sent.kind)}`,
    );
  }
  if (!kind.shape) return sent;
  const { name } = (sent.metadata ?? {}) as { name?: unknown };
  let parsed = kind.shape.safeParse(sent);
  // Unknown fields hide what else is wrong around them: drop them and look again.
  for (let unknown = unknownFields(parsed); unknown.length > 0; unknown = unknownFields(parsed)) {
    if (fieldValidation === 'Strict') {
      const fields = unknown.map((path) => `unknown field "${path.join('.')}"`).join(', ');
      throw badRequest(
        `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: strict decoding error: ${fields}`,
      );
    }
    for (const path of unknown) removeAt(sent, path);
    parsed = kind.shape.safeParse(sent);
  }
  if (parsed.success) return sent;
  const issue = parsed.error.issues[0];
  throw invalid(
    kind,
    typeof name === 'string' ? name : '',
    `${issue?.path.join('.') ?? ''}: Invalid value: ${issue?.message ?? 'malformed'}`,
  );
}

/** Reads a subresource's body; an absent one counts as `{}`. @throws StatusError 400. */
export function readOptions<T extends z.ZodType>(shape: T, body: unknown): z.output<T> {
  const read = shape.safeParse(body ?? {});
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw badRequest(
    `Can not unmarshal Request body to struct, error: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
}

/** RFC 7396, on a copy. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownFields(parsed: z.ZodSafeParseResult<unknown>): PropertyKey[][] {
  return (parsed.error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [],
  );
}

function removeAt(target: unknown, path: PropertyKey[]): void {
  const last = path.at(-1);
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], target);
  if (last !== undefined) delete (parent as Record<PropertyKey, unknown>)[last];
}
