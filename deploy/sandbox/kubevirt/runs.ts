/** A machine's runs: from its first disk to a guest that answers, and down again. */
import { drawAddress } from '../guests/addresses.ts';
import { makePassword } from '../guests/passwords.ts';
import { lookUp } from '../shared/lookup.ts';
import type { World } from './controller.ts';
import { KINDS } from './kinds.ts';
import { NODES, ZONE_LABEL, asVirtualMachine, rootDiskOf, sizeOfMachine } from './machines.ts';
import type { KubeObject, Machine, Step } from './state.ts';

export interface Runs {
  begin(vm: KubeObject): void;
  /** Moves a machine towards what its object says. */
  reconcile(name: string): void;
  restart(name: string): void;
  /** Takes a machine that is marked for deletion down. */
  end(name: string): void;
  take(step: Step, name: string): Promise<void>;
  resume(): Promise<void>;
}

/** What share of the boot time each step waits before it happens. */
const WAITS = { provision: 0.1, schedule: 0.3, boot: 0.6, 'end-run': 0.1, 'run-ended': 0.2, finalize: 0.2 };

export function createRuns(world: World): Runs {
  const { store, objects, guests, plan, bootMs } = world;
  const { state } = store;
  const { vm: VM, vmi: VMI } = KINDS;

  const planStep = (name: string, step: keyof typeof WAITS): void =>
    plan(VM, name, step, WAITS[step] * bootMs);
  const setStatus = (name: string, status: Record<string, unknown>): void => {
    objects.update(VM, name, (vm) => {
      vm.status = { ...vm.status, ...status };
    });
  };
  const willRun = (vm: KubeObject): boolean => {
    const { runStrategy, running } = asVirtualMachine(vm);
    return runStrategy === undefined ? running === true : runStrategy !== 'Halted';
  };
  const save = (machine: Machine): void => {
    state.machines[machine.name] = machine;
    store.save('machines', machine.name);
  };

  const begin = (vm: KubeObject): void => {
    const { control } = state;
    const isStuck = control.stuck > 0;
    const isSilent = !isStuck && control.silent > 0;
    if (isStuck) control.stuck -= 1;
    if (isSilent) control.silent -= 1;
    if (isStuck || isSilent) store.saveAll('control');
    const { name, uid } = vm.metadata;
    save({ name, uid, address: '', disk: '', userData: '', stuck: isStuck, silent: isSilent });
    if (!isStuck) planStep(name, 'provision');
  };

  const reconcile = (name: string): void => {
    const vm = objects.get(VM, name);
    const machine = lookUp(state.machines, name);
    if (!vm || !machine || machine.stuck || vm.metadata.deletionTimestamp !== undefined) return;
    const vmi = objects.get(VMI, name);
    const next = lookUp(state.jobs, `${VM.plural}/${name}`)?.step;
    if (willRun(vm)) {
      if (!vmi && next === undefined) planStep(name, 'schedule');
      return;
    }
    // Told to stop: whatever was on its way up comes down.
    if (next !== 'end-run' && next !== 'run-ended') planStep(name, vmi ? 'end-run' : 'run-ended');
  };

  /** Makes the disks that a machine's templates describe. */
  const makeDisks = (vm: KubeObject): void => {
    const { name, uid } = vm.metadata;
    for (const { metadata, spec } of asVirtualMachine(vm).dataVolumeTemplates ?? []) {
      if (metadata?.name === undefined || objects.get(KINDS.dataVolume, metadata.name)) continue;
      objects.create(KINDS.dataVolume, {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataVolume',
        metadata: {
          ...metadata,
          name: metadata.name,
          ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name, uid }],
        },
        spec,
      });
    }
  };

  /** Creates the running side, unless no node takes it. */
  const schedule = (name: string): void => {
    const vm = objects.get(VM, name);
    if (!vm || !willRun(vm)) return reconcile(name);
    const { nodeSelector = {} } = asVirtualMachine(vm).template.spec;
    const zone = nodeSelector[ZONE_LABEL];
    const node = NODES.find(
      (each) => (zone === undefined || each.zone === zone) && !state.control.closedZones.includes(each.zone),
    );
    if (!node) {
      setStatus(name, { printableStatus: 'ErrorUnschedulable', ready: false, created: true });
      return planStep(name, 'schedule');
    }
    makeDisks(vm);
    objects.create(VMI, runningSide(vm));
    objects.update(VMI, name, (vmi) => (vmi.status = { phase: 'Scheduling', nodeName: node.name }));
    setStatus(name, { printableStatus: 'Starting', created: true, ready: false });
    planStep(name, 'boot');
  };

  /** Installs what is not installed yet, and opens the guest. */
  const boot = async (name: string): Promise<void> => {
    const vm = objects.get(VM, name);
    const machine = lookUp(state.machines, name);
    if (!vm || !machine || !objects.get(VMI, name)) return;
    const spec = asVirtualMachine(vm);
    const disk = rootDiskOf(vm);
    machine.address ||= drawAddress(new Set(Object.values(state.machines).map(({ address }) => address)));
    if (machine.disk !== disk) {
      const userData = userDataOf(vm);
      const isWindows = /win/i.test(
        JSON.stringify(spec.dataVolumeTemplates ?? []) + (spec.preference?.name ?? ''),
      );
      await guests.install(machine.uid, {
        family: isWindows ? 'windows' : 'linux',
        osName: isWindows ? 'Windows Server 2025' : 'Ubuntu 24.04 LTS',
        hostname: spec.template.spec.hostname ?? name,
        userData,
        initialPassword: makePassword(),
        limitedUser: false,
        authorizedKeys: [],
      });
      Object.assign(machine, { disk, userData });
    }
    if (!machine.silent) await guests.boot(machine.uid, machine.address);
    // Stopped or deleted while it was coming up.
    if (!objects.get(VMI, name)) return guests.shutDown(machine.uid);
    save(machine);
    objects.update(VMI, name, (vmi) => {
      const address = {
        name: 'default',
        ipAddress: machine.address,
        ipAddresses: [machine.address],
        infoSource: 'domain',
      };
      vmi.status = { ...vmi.status, phase: 'Running', interfaces: [address] };
    });
    if (lookUp(state.jobs, `${VM.plural}/${name}`)) return;
    setStatus(name, { printableStatus: 'Running', created: true, ready: true });
    reconcile(name);
  };

  const endRun = (name: string): void => {
    if (!objects.get(VMI, name) || !objects.get(VM, name)) return reconcile(name);
    objects.update(VMI, name, ({ metadata }) => (metadata.deletionTimestamp ??= new Date().toISOString()));
    setStatus(name, { printableStatus: 'Stopping', ready: false });
    planStep(name, 'run-ended');
  };

  const runEnded = async (name: string): Promise<void> => {
    const machine = lookUp(state.machines, name);
    if (machine) await guests.shutDown(machine.uid);
    objects.drop(VMI, name);
    if (!objects.get(VM, name)) return;
    objects.update(VM, name, (vm) => {
      vm.status = { ...vm.status, printableStatus: 'Stopped', created: false, ready: false };
      delete vm.status['stateChangeRequests'];
    });
    reconcile(name);
  };

  const userDataOf = (vm: KubeObject): string => {
    const volumes = asVirtualMachine(vm).template.spec.volumes ?? [];
    const source = volumes.find(({ cloudInitNoCloud }) => cloudInitNoCloud)?.cloudInitNoCloud;
    if (source?.userData !== undefined) return source.userData;
    const inline = source?.userDataBase64;
    const secret = source?.secretRef && objects.get(KINDS.secret, source.secretRef.name);
    const encoded = inline ?? (secret?.['data'] as Record<string, string> | undefined)?.['userdata'];
    return Buffer.from(encoded ?? '', 'base64').toString('utf8');
  };

  return {
    begin,
    reconcile,

    restart(name) {
      const uid = objects.get(VMI, name)?.metadata.uid;
      // It still says Running for a moment.
      setStatus(name, { stateChangeRequests: [{ action: 'Stop', uid }, { action: 'Start' }] });
      planStep(name, 'end-run');
    },

    end(name) {
      if (!objects.get(VM, name)) return;
      setStatus(name, { printableStatus: 'Terminating', ready: false });
      planStep(name, 'finalize');
    },

    async take(step, name) {
      if (!objects.get(VM, name)) return;
      switch (step) {
        case 'provision':
          setStatus(name, { printableStatus: 'Provisioning', created: false, ready: false });
          return planStep(name, 'schedule');
        case 'schedule':
          return schedule(name);
        case 'boot':
          return boot(name);
        case 'end-run':
          return endRun(name);
        case 'run-ended':
          return runEnded(name);
        default:
          return undefined;
      }
    },

    async resume() {
      for (const { metadata, status } of objects.list(VMI)) {
        const machine = lookUp(state.machines, metadata.name);
        const isUp = status?.['phase'] === 'Running' && metadata.deletionTimestamp === undefined;
        if (isUp && machine && !machine.silent) await guests.boot(machine.uid, machine.address);
      }
      // A kill in the middle of a step left nothing planned.
      for (const { name } of Object.values(state.machines)) {
        if (lookUp(state.jobs, `${VM.plural}/${name}`)) continue;
        const vmi = objects.get(VMI, name);
        if (objects.get(VM, name)?.metadata.deletionTimestamp !== undefined) planStep(name, 'finalize');
        else if (vmi && vmi.status?.['phase'] !== 'Running') planStep(name, 'boot');
        else if (vmi?.metadata.deletionTimestamp !== undefined) planStep(name, 'run-ended');
        else reconcile(name);
      }
    },
  };
}

/** The VirtualMachineInstance that a machine runs as, with its size written out. */
function runningSide(vm: KubeObject): Parameters<World['objects']['create']>[1] {
  const { instancetype, template } = asVirtualMachine(vm);
  const { cores, guest } = sizeOfMachine(vm);
  const { name, namespace, uid } = vm.metadata;
  const typeMark =
    instancetype?.kind === 'VirtualMachineInstancetype'
      ? 'kubevirt.io/instancetype-name'
      : 'kubevirt.io/cluster-instancetype-name';
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(template.metadata?.labels && { labels: template.metadata.labels }),
      ...(instancetype?.name !== undefined && { annotations: { [typeMark]: instancetype.name } }),
      ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name, uid }],
    },
    spec: {
      ...template.spec,
      domain: { ...template.spec.domain, cpu: { cores, sockets: 1, threads: 1 }, memory: { guest } },
    },
  };
}
