/** What changes an instance that exists: power, size, disk image, name; and the way to its screen. */
import { z } from 'zod';
import { readJson } from '../../http/answers.ts';
import type { InstanceOperations } from '../port.ts';
import { checkRef, stillBusy, unsupported } from './failures.ts';
import { type Instance, needInstance } from './instances.ts';
import { type Image, readPlan } from './plan.ts';
import type { Session } from './session.ts';

const Upgrades = z.object({ upgrades: z.object({ plans: z.array(z.string()) }) });

type Changing = Pick<
  InstanceOperations,
  'reboot' | 'resize' | 'reinstall' | 'rename' | 'console' | 'restoreSnapshot'
>;

export function changingOperations(session: Session): Changing {
  const patch = async (ref: string, body: Record<string, unknown>): Promise<void> => {
    await session.call({ method: 'PATCH', path: `/instances/${checkRef(ref)}`, body });
  };

  return {
    async reboot(ref) {
      await session.call({ method: 'POST', path: `/instances/${checkRef(ref)}/reboot` });
    },

    async resize(ref, { plan: entry, region }) {
      const { plan } = readPlan(entry, region);
      const instance = await needInstance(session, ref);
      if (instance.plan === plan) return;
      // While it is resized, its choices are not told; the call itself says then that it is locked.
      if (instance.status === 'active') await refuseUnlessOffered(session, instance, plan);
      await patch(ref, { plan });
    },

    async reinstall(ref, { plan: entry, region, hostname, userData }) {
      const { image } = readPlan(entry, region);
      const instance = await needInstance(session, ref);
      // Alone, new user data changes nothing: it waits for the next installation.
      await patch(ref, { user_data: Buffer.from(userData, 'utf8').toString('base64') });
      // Another image installs by itself; the same one must be asked for.
      if (!bears(instance, image)) return patch(ref, image);
      await session.call({
        method: 'POST',
        path: `/instances/${checkRef(ref)}/reinstall`,
        body: { hostname },
      });
    },

    rename: (ref, name) => patch(ref, { label: name }),

    async console(ref) {
      const { kvm } = await needInstance(session, ref);
      if (!kvm) throw stillBusy(`instance ${ref}, which has no console yet`);
      return { url: kvm, expiresAt: null };
    },

    async restoreSnapshot(ref, snapshotRef) {
      const path = `/instances/${checkRef(ref)}/restore`;
      await session.call({ method: 'POST', path, body: { snapshot_id: checkRef(snapshotRef) } });
    },
  };
}

/** Plans only grow, and only within their kind; what Vultr would refuse in its own words is said in ours. */
async function refuseUnlessOffered(session: Session, { id, plan }: Instance, wanted: string): Promise<void> {
  const path = `/instances/${checkRef(id)}/upgrades`;
  const exchange = await session.call({ method: 'GET', path, query: { type: 'plans' } });
  if (readJson(Upgrades, exchange).upgrades.plans.includes(wanted)) return;
  throw unsupported(
    `Vultr does not offer this server the change from ${plan ?? 'its plan'} to ${wanted}.`,
    'Choose a larger plan of the same kind, or move to a new server.',
  );
}

function bears(instance: Instance, image: Image): boolean {
  return 'os_id' in image ? instance.os_id === image.os_id : instance.image_id === image.image_id;
}
