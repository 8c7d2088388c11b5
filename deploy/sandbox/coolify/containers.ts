/** What Docker would make of a resource: the environment of the container that answers on the web. */
import { parse } from 'yaml';
import type { Resource } from './state.ts';

interface Container {
  environment?: Record<string, string | number | boolean | null> | string[];
}

/** Variables that the answering container runs with. */
export function environmentOf(resource: Resource): Record<string, string> {
  const stored = Object.fromEntries(Object.values(resource.variables).map(({ key, value }) => [key, value]));
  if (resource.kind === 'application') return stored;
  const containers = Object.values(containersOf(composeOf(resource)));
  return Object.assign({}, ...containers.map((container) => interpolated(container, stored))) as Record<
    string,
    string
  >;
}

/** Whether a compose file asks for an address with one of Coolify's own variables. */
export function asksForAddress(compose: string): boolean {
  return /\bSERVICE_(URL|FQDN)_/.test(compose);
}

export function containersOf(compose: string): Record<string, Container> {
  return (parse(compose) as { services?: Record<string, Container> }).services ?? {};
}

export function composeOf({ settings }: Resource): string {
  const compose = settings['docker_compose_raw'];
  return typeof compose === 'string' ? compose : '';
}

/** `${NAME}` and `${NAME:-default}`, as Docker Compose reads them. */
function interpolated(
  { environment = {} }: Container,
  stored: Record<string, string>,
): Record<string, string> {
  const pairs = Array.isArray(environment)
    ? environment.map((line): [string, string] => {
        const [key = '', ...rest] = line.split('=');
        return [key, rest.join('=')];
      })
    : Object.entries(environment);
  return Object.fromEntries(
    pairs.map(([key, value]) => [
      key,
      String(value ?? '').replaceAll(
        /\$\{(\w+)(?::-([^}]*))?\}/g,
        (_whole, name: string, otherwise?: string) => stored[name] || (otherwise ?? ''),
      ),
    ]),
  );
}
