/** One-time links to credentials: how they stand, and the one opening. */
import type { EntityManager } from 'typeorm';
import type { CredentialsStatus, CredentialsView } from '../../schemas/api/shop.ts';
import { type CredentialLink, CredentialLinks } from '../../schemas/db/entities/credential-link.ts';
import { type Instance, Instances } from '../../schemas/db/entities/instance.ts';
import { Subscriptions } from '../../schemas/db/entities/subscription.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { ApiProblem } from '../http/problem.ts';
import type { ProblemReason } from '../http/problem-catalogue.ts';

/** @throws ApiProblem `unknown-link` */
export async function linkStatus(tx: EntityManager, linkId: string): Promise<CredentialsStatus> {
  const link = await tx.getRepository(CredentialLinks).findOneBy({ id: linkId });
  if (!link) throw new ApiProblem('unknown-link');
  const { hostname } = await instanceOf(tx, link);
  return { state: stateOf(link), hostname, expiresAt: link.expiresAt.toISOString() };
}

const REFUSALS: Record<Exclude<CredentialsStatus['state'], 'available'>, ProblemReason> = {
  opened: 'already-opened',
  expired: 'link-expired',
  replaced: 'link-replaced',
};

/** Opens the link and leaves a trail. @throws ApiProblem `unknown-link`, `already-opened`, `link-expired`, `link-replaced` */
export async function openLink(
  tx: EntityManager,
  linkId: string,
  secretBox: SecretBox,
): Promise<CredentialsView> {
  const links = tx.getRepository(CredentialLinks);
  // Of two who open it at once the second waits here and then finds it opened.
  const link = await links.findOne({ where: { id: linkId }, lock: { mode: 'pessimistic_write' } });
  if (!link) throw new ApiProblem('unknown-link');
  const state = stateOf(link);
  if (state !== 'available') throw new ApiProblem(REFUSALS[state]);
  const instance = await instanceOf(tx, link);
  if (instance.deletedAt !== null || instance.address === null) throw new ApiProblem('link-expired');
  await links.update({ id: linkId }, { openedAt: new Date() });
  await recordOpening(tx, link, instance);
  return {
    hostname: instance.hostname,
    protocol: instance.protocol,
    address: instance.address,
    port: instance.port,
    username: instance.username,
    password: secretBox.open(instance.secret, `instance/${instance.id}`),
    fingerprint: instance.fingerprint,
  };
}

function stateOf({ openedAt, replacedAt, expiresAt }: CredentialLink): CredentialsStatus['state'] {
  if (replacedAt !== null) return 'replaced';
  if (openedAt !== null) return 'opened';
  return expiresAt.getTime() <= Date.now() ? 'expired' : 'available';
}

async function instanceOf(tx: EntityManager, { instanceId }: CredentialLink): Promise<Instance> {
  return tx.getRepository(Instances).findOneByOrFail({ id: instanceId });
}

async function recordOpening(tx: EntityManager, link: CredentialLink, instance: Instance): Promise<void> {
  const { customerId } = await tx
    .getRepository(Subscriptions)
    .findOneByOrFail({ id: instance.subscriptionId });
  await writeAudit(tx, {
    tenantId: link.tenantId,
    by: { kind: 'customer', id: toEdgeId('customer', customerId) },
    action: 'credentials.opened',
    subject: { kind: 'instance', id: toEdgeId('instance', instance.id) },
    data: { subscriptionId: toEdgeId('subscription', instance.subscriptionId) },
  });
}
