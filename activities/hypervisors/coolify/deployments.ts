/**
 * Deployments of applications. Coolify may answer with the id of a deployment that it did not queue: because there is one for the same
 * commit already, or because its queue is full.
 */
import { TenureFailure } from '../../../schemas/failures.ts';
import { readJson } from '../../http/answers.ts';
import type { Api } from '../../http/api.ts';
import { RATE_LIMITED } from '../../http/failures.ts';
import { unlessSoAlready } from './failures.ts';
import { type Deployment, Deployments } from './wire.ts';

const ACTIVE = ['queued', 'in_progress'];
/** As long as Coolify itself says where it says it. */
const QUEUE_FULL_MS = 60_000;
/** The newest deployments, enough to tell whether one ever went through. */
const TAKE = 10;

/** An application's latest deployments, newest first; `null` if the application is gone. */
export async function latestDeployments({ callUnlessGone }: Api, uuid: string): Promise<Deployment[] | null> {
  const exchange = await callUnlessGone({
    method: 'GET',
    path: `/deployments/applications/${uuid}`,
    query: { skip: 0, take: TAKE },
  });
  return exchange && readJson(Deployments, exchange);
}

export function isActive({ status }: Deployment): boolean {
  return ACTIVE.includes(status);
}

/** Ends what is under way: it would bring the application up again after a stop. */
export async function cancelActive(api: Api, uuid: string): Promise<void> {
  const active = (await latestDeployments(api, uuid))?.filter(isActive) ?? [];
  for (const { deployment_uuid: deployment } of active) {
    const path = `/deployments/${encodeURIComponent(deployment)}/cancel`;
    await unlessSoAlready(() => api.call({ method: 'POST', path }));
  }
}

/**
 * Makes sure that something is really on its way.
 *
 * @param deploymentUuid as it was answered; none if there was one already.
 * @throws TenureFailure `throttled` if the queue is full: nothing was queued.
 */
export async function assertQueued(
  api: Api,
  uuid: string,
  deploymentUuid: string | undefined,
): Promise<void> {
  if (deploymentUuid !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(deploymentUuid)) {
    const found = await api.callUnlessGone({ method: 'GET', path: `/deployments/${deploymentUuid}` });
    if (found !== null) return;
  }
  if ((await latestDeployments(api, uuid))?.some(isActive)) return;
  throw new TenureFailure('throttled', 'Coolify took the deployment, but did not queue it.', {
    reason: RATE_LIMITED,
    retryAfterMs: QUEUE_FULL_MS,
    nextStep: 'Raise the server’s deployment queue limit in Coolify if this happens often.',
  });
}
