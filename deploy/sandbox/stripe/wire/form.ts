import { invalidRequest } from './errors.ts';

/** A decoded form value; everything is text until a parameter's shape says otherwise. */
export type FormValue = string | FormValue[] | FormObject;
export interface FormObject {
  [key: string]: FormValue;
}

const KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;
const MAX_DEPTH = 8;

/**
 * Decodes `application/x-www-form-urlencoded` text with bracketed keys: `a[b][0]=c` becomes `{ a: { b: ['c'] } }`.
 *
 * @throws ApiError 400 for keys that cannot be read or contradict each other.
 */
export function decodeForm(text: string): FormObject {
  const root: FormObject = Object.create(null) as FormObject;
  for (const [key, value] of new URLSearchParams(text)) place(root, pathOf(key), value, key);
  return foldArrays(root) as FormObject;
}

function pathOf(key: string): string[] {
  const match = KEY.exec(key);
  if (!match) throw invalidRequest(`Invalid parameter name: ${key}`, key);
  const inner = [...(match[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map((part) => part[1] ?? '');
  if (inner.length >= MAX_DEPTH) throw invalidRequest(`Parameter nested too deeply: ${key}`, key);
  return [match[1] ?? '', ...inner];
}

function place(root: FormObject, path: string[], value: string, key: string): void {
  let node = root;
  for (const [depth, name] of path.entries()) {
    // `a[]` means "one more element of a".
    const slot = name === '' ? String(Object.keys(node).length) : name;
    const here = node[slot];
    if (depth === path.length - 1) {
      if (typeof here === 'object') throw invalidRequest(`Parameter ${key} is given in two ways`, key);
      node[slot] = value;
      return;
    }
    if (typeof here === 'string') throw invalidRequest(`Parameter ${key} is given in two ways`, key);
    const next = (here as FormObject | undefined) ?? (Object.create(null) as FormObject);
    node[slot] = next;
    node = next;
  }
}

/** Objects whose keys are 0, 1, 2 … were arrays; metadata never is one. */
function foldArrays(value: FormValue, name?: string): FormValue {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (name !== 'metadata' && keys.length > 0 && keys.every((key, index) => key === String(index))) {
    return keys.map((key) => foldArrays(value[key] as FormValue));
  }
  return Object.fromEntries(keys.map((key) => [key, foldArrays(value[key] as FormValue, key)]));
}
