/** Environment variables: how an application gets its credentials and its settings. */

/** One of `PATCH …/envs/bulk`. */
export interface Variable {
  key: string;
  value: string;
  /** Taken as it is: a `$` in a password is no reference. */
  is_literal: true;
  is_multiline: boolean;
  /** Not shown again on Coolify's pages. */
  is_shown_once: boolean;
}

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;

/**
 * The variables of a new instance: `TENURE_HOSTNAME`, those of its user data, and the plan's own, in which `${NAME}` stands for one of
 * the others. User data that is not a list of `NAME=value` lines arrives whole, as `TENURE_USER_DATA`.
 */
export function variablesOf(
  request: { hostname: string; userData: string },
  env: Record<string, string>,
): Variable[] {
  const given = { TENURE_HOSTNAME: request.hostname, ...readUserData(request.userData) };
  const known = new Map(Object.entries(given));
  const own = Object.entries(env).map(
    ([key, value]) =>
      [key, value.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => known.get(name) ?? whole)] as const,
  );
  return [...known, ...own].map(([key, value]) => ({
    key,
    value,
    is_literal: true,
    is_multiline: value.includes('\n'),
    is_shown_once: key !== 'TENURE_HOSTNAME',
  }));
}

function readUserData(userData: string): Record<string, string> {
  const lines = userData.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const pairs = lines.map((line) => ASSIGNMENT.exec(line));
  if (userData.trim() === '') return {};
  if (pairs.length === 0 || pairs.includes(null)) return { TENURE_USER_DATA: userData };
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}
