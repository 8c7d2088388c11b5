import { z } from 'zod';
import type { ApiError } from './errors.ts';
import { invalidRequest } from './errors.ts';
import type { FormObject } from './form.ts';

/** Shapes of single parameters. Everything arrives as text. */
export const text = (maxLength = 5_000) =>
  z.string().min(1, 'must not be empty').max(maxLength, `must be at most ${maxLength} characters`);
export const integer = () =>
  z
    .string()
    .regex(/^-?\d{1,15}$/, 'Invalid integer')
    .transform(Number);
export const decimal = () =>
  z
    .string()
    .regex(/^-?\d{1,12}(\.\d{1,12})?$/, 'Invalid decimal')
    .transform(Number);
export const flag = () => z.enum(['true', 'false'], 'Invalid boolean').transform((value) => value === 'true');
/** A text that the caller may also blank out by sending an empty one. */
export const clearable = () =>
  z
    .string()
    .max(5_000)
    .transform((value) => (value === '' ? null : value));
export const currency = () => z.enum(['eur', 'usd', 'gbp', 'chf'], 'Invalid currency');
export const httpUrl = () =>
  z
    .string()
    .max(5_000)
    .refine((value) => /^https?:\/\/[^\s/]/.test(value), 'Not a valid URL');
/** Up to 50 keys of 40 characters with values of 500; an empty text removes. */
export const metadata = () =>
  z
    .union([z.literal(''), z.record(z.string().max(40), z.string().max(500))])
    .refine((value) => Object.keys(value).length <= 50, 'Metadata can have up to 50 keys')
    .transform((value): Record<string, string> => (value === '' ? {} : value));
export const address = () =>
  z.strictObject({
    city: clearable().optional(),
    country: clearable().optional(),
    line1: clearable().optional(),
    line2: clearable().optional(),
    postal_code: clearable().optional(),
    state: clearable().optional(),
  });

const instant = () =>
  z.union([
    integer(),
    z.strictObject({
      gt: integer().optional(),
      gte: integer().optional(),
      lt: integer().optional(),
      lte: integer().optional(),
    }),
  ]);

/** What every list takes. */
export const listParams = {
  limit: integer()
    .refine((value) => value >= 1 && value <= 100, 'must be between 1 and 100')
    .optional(),
  starting_after: text().optional(),
  ending_before: text().optional(),
  created: instant().optional(),
};
export type ListParams = z.output<z.ZodObject<typeof listParams>>;

/**
 * Reads parameters against a strict shape.
 *
 * @throws ApiError 400 with `parameter_unknown`, `parameter_missing`, or the offending parameter named.
 */
export function readParams<S extends z.ZodType>(shape: S, raw: FormObject): z.output<S> {
  const parsed = shape.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw complaint(parsed.error.issues[0] as z.core.$ZodIssue, raw);
}

function complaint(issue: z.core.$ZodIssue, raw: FormObject): ApiError {
  if (issue.code === 'unrecognized_keys') {
    const param = paramName([...issue.path, issue.keys[0] ?? '']);
    return invalidRequest(`Received unknown parameter: ${param}`, param, 'parameter_unknown');
  }
  const branch = issue.code === 'invalid_union' ? firstBranchThatFits(issue) : undefined;
  if (branch) return complaint({ ...branch, path: [...issue.path, ...branch.path] }, raw);
  const param = paramName(issue.path);
  if (valueAt(raw, issue.path) === undefined) {
    return invalidRequest(`Missing required param: ${param}.`, param, 'parameter_missing');
  }
  const code = issue.message === 'Invalid integer' ? 'parameter_invalid_integer' : undefined;
  return invalidRequest(`Invalid ${param}: ${issue.message}`, param, code);
}

/** Of the forms that a parameter may take, the one that the caller meant complains from within. */
function firstBranchThatFits(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  return issue.errors
    .map((issues) => issues[0])
    .find((inner) => inner && (inner.path.length > 0 || inner.code === 'unrecognized_keys'));
}

function paramName(path: readonly PropertyKey[]): string {
  const [first = '', ...rest] = path.map(String);
  return first + rest.map((part) => `[${part}]`).join('');
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** Metadata after an update: new keys are added, and those set to an empty text removed. */
export function mergeMetadata(
  current: Record<string, string>,
  change: Record<string, string> | undefined,
): Record<string, string> {
  const merged = { ...current, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}
