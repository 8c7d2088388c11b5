/** What changes nothing of what is on a server: its name, its firewall, its password, and the way to its screen. */
import { operationOf } from '../hypervisors/port.ts';
import { changeCredentials } from '../instances/rotate.ts';
import type { Doing } from './work.ts';

/** A link is handed out for no longer, whatever the provider says. */
const LINK_MS = 600_000;

export const rename: Doing<'rename'> = async ({ deps, target, ref, request }) => {
  await operationOf(deps.hypervisor, 'rename')(ref, request.name);
  await deps.rows.save(target, { displayName: request.name });
};

export const setFirewall: Doing<'set-firewall'> = async ({ deps, target, ref, request }) => {
  await operationOf(deps.hypervisor, 'setFirewall')(ref, request.rules);
  await deps.rows.save(target, { firewall: request.rules });
};

export const rotateCredentials: Doing<'rotate-credentials'> = ({ deps, target, operation }) =>
  changeCredentials(deps, { ...target, key: operation.id });

/** Whoever has the link has the screen: it is sealed, and the API gives it to whoever asked. */
export const openConsole: Doing<'open-console'> = async ({ deps, operation, ref }) => {
  const { hypervisor, secretBox, operations } = deps;
  const { url, expiresAt } = await operationOf(hypervisor, 'console')(ref);
  const latest = Date.now() + LINK_MS;
  const told = expiresAt === null ? latest : Date.parse(expiresAt);
  await operations.save(operation, {
    sealedLink: secretBox.seal(url, `operation/${operation.id}`),
    linkExpiresAt: new Date(Math.min(latest, told)),
  });
};
