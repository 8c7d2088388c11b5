/**
 * Proxmox VE (https://pve.proxmox.com/pve-docs/api-viewer/).
 *
 * Machines are clones of templates; a clone gets an id that we choose, and bears the key from its first moment on. What follows the
 * clone is `advance`. Most changes are tasks: their answer says that they have begun, and only their end says how they went.
 * A stopped machine costs nothing but its disk: the hardware is the operator's own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Capabilities,
  type InstanceOperations,
  type Hypervisor,
  HYPERVISOR_REASONS as REASONS,
} from './port.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { NOT_FOUND } from '../http/failures.ts';
import { type IpPool } from './proxmox/addresses.ts';
import { createBackups, switchOffHard } from './proxmox/backups.ts';
import { createDisks } from './proxmox/disks.ts';
import { type Snippets, removeSnippet } from './proxmox/first-boot.ts';
import { type IdRange, type Machine, createMachines } from './proxmox/machines.ts';
import { createMaking, growDisk, start, unlessSo } from './proxmox/making.ts';
import { type NodeRules, capacityOf, readInventory } from './proxmox/nodes.ts';
import { hostpciOf, readPlan, sizeText } from './proxmox/plan.ts';
import { type SessionOptions, createSession, taskPath, vmPath } from './proxmox/session.ts';
import { TaskLog, Tasks, text } from './proxmox/wire.ts';

export interface ProxmoxOptions extends SessionOptions, Pick<Hypervisor, 'createSettleMs'> {
  range: IdRange;
  rules: NodeRules;
  /** Addresses for new machines; `null` if DHCP gives them and the guest's agent tells. */
  pool: IpPool | null;
  nameservers: readonly string[];
  snippets: Snippets | null;
  /** Where snapshots go; `null` if there are none. */
  backupStorage: string | null;
  resourcePool?: string;
}

/** What keeps a machine from being switched: it is about to be something else. */
const POWER_TASKS = ['qmstart', 'qmstop', 'qmshutdown', 'qmreboot'];
/** How long a guest may take to shut down before the plug is pulled, in seconds. */
const SHUTDOWN_SECONDS = 60;

/** Creates the driver of one cluster. */
export function createProxmoxDriver(options: ProxmoxOptions): Hypervisor {
  const { createSettleMs, pollMs, requestsPerSecond, range, rules, pool, snippets, backupStorage } = options;
  const session = createSession(options);
  const machines = createMachines(session, range, pool);
  const { create, advance } = createMaking(session, machines, options);
  const { restoreSnapshot, ...backups } = createBackups(session, machines, { storage: backupStorage });

  /** Waits for what the machine is doing with its power. @returns whether there was anything to wait for */
  async function powerSettles({ vmid, node }: Machine): Promise<boolean> {
    const tasks = await session.read(Tasks, `/nodes/${encodeURIComponent(node)}/tasks`, {
      source: 'active',
      vmid,
    });
    const running = tasks.filter(({ type, endtime }) => endtime === undefined && POWER_TASKS.includes(type));
    for (const { upid } of running) {
      if (await session.settle(upid).catch(isFailedTask)) continue;
      throw locked('The machine is still being switched.');
    }
    return running.length > 0;
  }

  /** The machine, once it does nothing with its power. */
  async function demandSettled(ref: string): Promise<Machine> {
    const machine = await machines.demand(ref);
    return (await powerSettles(machine)) ? machines.demand(ref) : machine;
  }

  /** Ends the clone that still fills this machine: Proxmox VE then removes it. */
  async function abandonClone({ vmid, node }: Machine): Promise<void> {
    const query = { source: 'active', typefilter: 'qmclone' };
    const tasks = await session.read(Tasks, `/nodes/${encodeURIComponent(node)}/tasks`, query);
    for (const { upid, endtime } of tasks) {
      if (endtime !== undefined) continue;
      const log = await session.read(TaskLog, taskPath(upid, 'log'), { limit: 100 });
      // The task bears the template's id; its disks' names bear the clone's.
      if (!log.some(({ t }) => new RegExp(`\\bvm-${vmid}-|/${vmid}/|\\bwith ID ${vmid}\\b`).test(t)))
        continue;
      await session.remove(taskPath(upid));
      return;
    }
    throw locked('The machine is still being cloned.');
  }

  async function remove(ref: string): Promise<void> {
    const machine = await machines.look(ref);
    if (machine?.isNameless) throw locked('The clone has just begun and does not yet tell whose it is.');
    if (machine !== null) {
      await unlessGone(() => (machine.lock === 'clone' ? abandonClone(machine) : destroy(machine)));
      await untilGone(ref);
    }
    if (snippets) await removeSnippet(snippets, ref);
  }

  async function destroy(machine: Machine): Promise<void> {
    await switchOffHard(session, machine);
    const query = { purge: 1, 'destroy-unreferenced-disks': 1 };
    const upid = await session.remove(vmPath(machine.node, machine.vmid), query);
    if (upid !== null) await session.settle(upid);
  }

  /** What is left after the time for tasks is still being removed; whoever needs to know polls. */
  async function untilGone(ref: string): Promise<void> {
    const giveUpAt = Date.now() + options.taskWaitMs;
    while ((await machines.look(ref)) !== null) {
      if (Date.now() >= giveUpAt) throw locked('The machine is still being removed.');
      await sleep(Math.min(pollMs, 1_000));
    }
  }

  const operations: Partial<InstanceOperations> = {
    async reboot(ref) {
      const { vmid, node } = await demandSettled(ref);
      await session.settle(
        await session.post(vmPath(node, vmid, 'status/reboot'), { timeout: SHUTDOWN_SECONDS }),
      );
    },

    /** Another number of processors or amount of memory comes with the next power cycle, so a running machine gets one. */
    async resize(ref, { plan, region }) {
      const order = readPlan(plan, region);
      const machine = await demandSettled(ref);
      const { vmid, node, config, isRunning } = machine;
      const wanted = { cores: order.cores, sockets: 1, memory: order.memoryMb };
      const hostpci = hostpciOf(order) ?? '';
      const isSame =
        Object.entries(wanted).every(([name, value]) => Number(text(config, name) || 1) === value) &&
        text(config, 'hostpci0') === hostpci;
      if (!isSame) {
        const hadCard = text(config, 'hostpci0') !== '';
        await session.put(vmPath(node, vmid, 'config'), {
          cores: order.cores,
          sockets: 1,
          memory: String(order.memoryMb),
          ...(hostpci !== '' ? { hostpci0: hostpci } : hadCard && { delete: 'hostpci0' }),
        });
      }
      await growDisk(session, machine, order);
      if (isSame || !isRunning) return;
      await session.settle(
        await session.post(vmPath(node, vmid, 'status/reboot'), { timeout: SHUTDOWN_SECONDS }),
      );
    },

    async rename(ref, name) {
      const { vmid, node } = await machines.demand(ref);
      await session.put(vmPath(node, vmid, 'config'), { name });
    },

    /** The page of Proxmox VE itself: whoever opens it must be able to sign in there. */
    async console(ref) {
      const { vmid, node, config } = await machines.demand(ref);
      const url = new URL('/', options.apiBase);
      const query = {
        console: 'kvm',
        novnc: '1',
        vmid: String(vmid),
        vmname: text(config, 'name'),
        node,
        resize: 'off',
      };
      url.search = new URLSearchParams(query).toString();
      return { url: url.href, expiresAt: null };
    },

    ...(backupStorage !== null && { restoreSnapshot }),
    ...createDisks(session, machines),
  };

  return {
    name: 'proxmox',
    capabilities: {
      snapshots: backupStorage !== null,
      // They are backups: Proxmox VE's own snapshots end with their machine.
      snapshotsOutlive: backupStorage !== null,
      lacks: {
        ...LACKS,
        ...(backupStorage === null && {
          restoreSnapshot: {
            en: 'Snapshots need a backup storage, and the operator has not set one up.',
            de: 'Snapshots brauchen einen Sicherungsspeicher, und der Betreiber hat keinen eingerichtet.',
          },
        }),
      },
      billsWhileStopped: false,
      userData: snippets !== null,
      // A backup brings its machine's own description, network address and mark along.
      restoresElsewhere: false,
      protocols: ['ssh', 'rdp'],
    },
    createSettleMs,
    pollMs,
    requestsPerSecond,
    operations,

    checkPlan: (plan, region) => void readPlan(plan, region),
    sizeOf(plan, region) {
      const { cores, memoryMb, diskGb } = readPlan(plan, region);
      return sizeText(cores, memoryMb, diskGb);
    },
    isInRegion: (plan, region, seen) => readPlan(plan, region).nodes.includes(seen),
    capacity: async () => capacityOf(await readInventory(session), rules, range),

    create,
    advance,

    findByKey: (key) => machines.findByKey(key),
    async get(ref) {
      const machine = await machines.look(ref);
      return machine && machines.toInstance(machine);
    },
    list: () => machines.list(),

    async start(ref) {
      const machine = await demandSettled(ref);
      if (machine.isMaking || machine.isRunning) return;
      await start(session, machine);
    },
    async stop(ref) {
      const { vmid, node, isRunning } = await demandSettled(ref);
      if (!isRunning) return;
      const body = { timeout: SHUTDOWN_SECONDS, forceStop: 1 };
      await unlessSo(async () =>
        session.settle(await session.post(vmPath(node, vmid, 'status/shutdown'), body)),
      );
    },
    delete: remove,
    ...backups,
  };
}

/** What Proxmox VE, or Tenure's use of it, does not have. */
const LACKS: Capabilities['lacks'] = {
  reinstall: {
    en: 'Order a new server and move to it; this one cannot be installed over in place.',
    de: 'Dieser Server lässt sich nicht an Ort und Stelle neu installieren; bestellen Sie einen neuen und ziehen Sie um.',
  },
  addAddress: {
    en: 'Each server has one address here; order another server for another address.',
    de: 'Jeder Server hat hier genau eine Adresse; für eine weitere bestellen Sie einen weiteren Server.',
  },
  addresses: {
    en: 'Each server has one address here; it is shown with the server.',
    de: 'Jeder Server hat hier genau eine Adresse; sie steht beim Server.',
  },
  removeAddress: {
    en: 'Each server has one address here, and keeps it.',
    de: 'Jeder Server hat hier genau eine Adresse und behält sie.',
  },
  setFirewall: {
    en: 'Set the firewall inside the server, or ask support to set the cluster’s.',
    de: 'Richten Sie die Firewall auf dem Server selbst ein, oder bitten Sie den Support um Regeln am Cluster.',
  },
  firewall: {
    en: 'The firewall of the cluster is not shown here; ask support for its rules.',
    de: 'Die Firewall des Clusters wird hier nicht gezeigt; fragen Sie den Support nach ihren Regeln.',
  },
};

function locked(message: string): TenureFailure {
  return new TenureFailure('retryable', message, { reason: REASONS.locked });
}

/** Somebody else removes it, or has. */
async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof TenureFailure) || error.details.reason !== NOT_FOUND) throw error;
  }
}

/** A switch that failed is over, too. */
function isFailedTask(error: unknown): boolean {
  if (error instanceof TenureFailure && error.details.upstream === 'task') return true;
  throw error;
}
