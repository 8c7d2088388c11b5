/** Snapshots of machines, and putting them back. */
import { lookUp } from '../shared/lookup.ts';
import type { World } from './controller.ts';
import { KINDS } from './kinds.ts';
import { asVirtualMachine } from './machines.ts';
import { kubeTime } from './objects.ts';
import type { KubeObject, Step } from './state.ts';

export interface DiskWork {
  beginSnapshot(snapshot: KubeObject): void;
  beginRestore(restore: KubeObject): void;
  forgetSnapshot(snapshot: KubeObject): void;
  forgetRestore(restore: KubeObject): void;
  take(step: Step, name: string): Promise<void>;
}

interface SnapshotSpec {
  source: { name: string };
  failureDeadline?: string;
}
interface RestoreSpec {
  target: { name: string };
  virtualMachineSnapshotName: string;
  targetReadinessPolicy?: string;
}

/** How long a snapshot is tried. */
const DEADLINE_MS = 5 * 60_000;
/** How long a restore waits for a machine to stop that nobody stops, in boot times. */
const GRACE_BOOTS = 20;

export function createDiskWork({ store, objects, guests, ledger, plan, bootMs }: World): DiskWork {
  const { state } = store;
  const { vm: VM, vmi: VMI, snapshot: SNAPSHOT, content: CONTENT, restore: RESTORE, claim: CLAIM } = KINDS;

  const setMachineStatus = (name: string, field: string, value: string | undefined): void => {
    if (!objects.get(VM, name)) return;
    objects.update(VM, name, (vm) => {
      vm.status = { ...vm.status, [field]: value };
      if (value === undefined) delete vm.status[field];
    });
  };
  const isAtWork = (name: string): boolean => {
    const { snapshotInProgress, restoreInProgress } = objects.get(VM, name)?.status ?? {};
    return snapshotInProgress !== undefined || restoreInProgress !== undefined;
  };
  const condition = (type: string, isTrue: boolean, reason: string): Record<string, unknown> => ({
    type,
    status: isTrue ? 'True' : 'False',
    reason,
    lastTransitionTime: kubeTime(),
  });

  const capture = async (name: string): Promise<void> => {
    const snapshot = objects.get(SNAPSHOT, name);
    if (!snapshot) return;
    const { source } = snapshot.spec as unknown as SnapshotSpec;
    const machine = lookUp(state.machines, source.name);
    const vm = objects.get(VM, source.name);
    if (!machine || !vm || machine.disk === '') return plan(SNAPSHOT, name, 'capture', 0.2 * bootMs);
    await guests.capture(machine.uid, snapshot.metadata.uid);
    const contentName = `vmsnapshot-content-${snapshot.metadata.uid}`;
    objects.create(CONTENT, {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshotContent',
      metadata: { name: contentName },
      spec: {
        virtualMachineSnapshotName: name,
        source: { virtualMachine: { metadata: { name: source.name }, spec: vm.spec } },
        volumeBackups: backupsOf(vm),
      },
    });
    setMachineStatus(source.name, 'snapshotInProgress', undefined);
    objects.update(SNAPSHOT, name, (object) => {
      object.status = {
        phase: 'Succeeded',
        readyToUse: true,
        creationTime: kubeTime(),
        sourceUID: vm.metadata.uid,
        virtualMachineSnapshotContentName: contentName,
        conditions: [
          condition('Progressing', false, 'Operation complete'),
          condition('Ready', true, 'Operation complete'),
        ],
      };
    });
  };

  const putBack = async (name: string): Promise<void> => {
    const restore = objects.get(RESTORE, name);
    if (!restore) return;
    const { target, virtualMachineSnapshotName, targetReadinessPolicy } =
      restore.spec as unknown as RestoreSpec;
    const again = (): void => plan(RESTORE, name, 'put-back', 0.1 * bootMs);
    const snapshot = objects.get(SNAPSHOT, virtualMachineSnapshotName);
    const vm = objects.get(VM, target.name);
    if (!vm || snapshot?.status?.['readyToUse'] !== true) return again();
    const holder = vm.status?.['restoreInProgress'];
    if (holder !== name) {
      // One after the other.
      if (!isAtWork(target.name)) setMachineStatus(target.name, 'restoreInProgress', name);
      return again();
    }
    if (objects.get(VMI, target.name)) {
      const sinceMs = Date.now() - Date.parse(restore.metadata.creationTimestamp);
      if (targetReadinessPolicy === 'StopTarget') stopForRestore(target.name);
      else if (sinceMs > GRACE_BOOTS * bootMs) return failRestore(name, target.name);
      return again();
    }
    const machine = lookUp(state.machines, target.name);
    if (!machine) return;
    await guests.restore(machine.uid, snapshot.metadata.uid);
    const disk = `restore-${restore.metadata.uid}-root`;
    objects.drop(KINDS.dataVolume, machine.disk);
    objects.update(VM, target.name, (object) => renameRootDisk(object, disk));
    machine.disk = disk;
    store.save('machines', target.name);
    setMachineStatus(target.name, 'restoreInProgress', undefined);
    ledger.record({
      effect: 'machine.restored',
      id: target.name,
      detail: { snapshot: virtualMachineSnapshotName },
    });
    objects.update(RESTORE, name, (object) => {
      object.status = {
        complete: true,
        restoreTime: kubeTime(),
        conditions: [condition('Ready', true, 'Operation complete')],
      };
    });
  };

  const stopForRestore = (name: string): void => {
    objects.update(VM, name, (vm) => (asVirtualMachine(vm).runStrategy = 'Halted'));
    if (!lookUp(state.jobs, `${VM.plural}/${name}`)) plan(VM, name, 'end-run', 0);
  };

  const failRestore = (name: string, target: string): void => {
    setMachineStatus(target, 'restoreInProgress', undefined);
    objects.update(RESTORE, name, (object) => {
      object.status = {
        complete: false,
        conditions: [condition('Failure', true, 'Restore target failed to be ready within 5m0s')],
      };
    });
  };

  /** One for each claim-backed disk, with the size that was asked for. */
  const backupsOf = (vm: KubeObject): Record<string, unknown>[] => {
    const { dataVolumeTemplates = [], template } = asVirtualMachine(vm);
    return (template.spec.volumes ?? []).flatMap(({ name, dataVolume, persistentVolumeClaim }) => {
      const from = dataVolumeTemplates.find(({ metadata }) => metadata?.name === dataVolume?.name);
      const claim = persistentVolumeClaim && objects.get(CLAIM, persistentVolumeClaim.claimName);
      const requests =
        from?.spec.storage?.resources?.requests ??
        (claim?.spec as { resources?: { requests?: Record<string, unknown> } } | undefined)?.resources
          ?.requests;
      if (!dataVolume && !persistentVolumeClaim) return [];
      return [
        { volumeName: name, persistentVolumeClaim: { metadata: {}, spec: { resources: { requests } } } },
      ];
    });
  };

  return {
    beginSnapshot({ metadata, spec }) {
      const { source } = spec as unknown as SnapshotSpec;
      // Of what is not there: accepted, and given up at the deadline.
      if (!objects.get(VM, source.name)) return plan(SNAPSHOT, metadata.name, 'miss-deadline', DEADLINE_MS);
      setMachineStatus(source.name, 'snapshotInProgress', metadata.name);
      objects.update(
        SNAPSHOT,
        metadata.name,
        (object) => (object.status = { phase: 'InProgress', readyToUse: false }),
      );
      plan(SNAPSHOT, metadata.name, 'capture', 0.3 * bootMs);
    },

    beginRestore({ metadata, spec }) {
      const { target } = spec as unknown as RestoreSpec;
      objects.update(RESTORE, metadata.name, (object) => (object.status = { complete: false }));
      if (!isAtWork(target.name)) setMachineStatus(target.name, 'restoreInProgress', metadata.name);
      plan(RESTORE, metadata.name, 'put-back', 0.1 * bootMs);
    },

    forgetSnapshot({ metadata, spec, status }) {
      const { source } = spec as unknown as SnapshotSpec;
      if (objects.get(VM, source.name)?.status?.['snapshotInProgress'] === metadata.name) {
        setMachineStatus(source.name, 'snapshotInProgress', undefined);
      }
      const content = status?.['virtualMachineSnapshotContentName'];
      if (typeof content === 'string') objects.drop(CONTENT, content);
      void guests.removeImage(metadata.uid);
    },

    forgetRestore({ metadata, spec }) {
      const { target } = spec as unknown as RestoreSpec;
      if (objects.get(VM, target.name)?.status?.['restoreInProgress'] === metadata.name) {
        setMachineStatus(target.name, 'restoreInProgress', undefined);
      }
    },

    async take(step, name) {
      if (step === 'capture') return capture(name);
      if (step === 'put-back') return putBack(name);
      if (!objects.get(SNAPSHOT, name)) return;
      objects.update(SNAPSHOT, name, (object) => {
        object.status = {
          phase: 'Failed',
          readyToUse: false,
          error: { message: 'snapshot deadline exceeded' },
        };
      });
    },
  };
}

/** A restored disk is another one. */
function renameRootDisk(vm: KubeObject, disk: string): void {
  const { dataVolumeTemplates = [], template } = asVirtualMachine(vm);
  const [volume] = template.spec.volumes ?? [];
  const from = dataVolumeTemplates.find(({ metadata }) => metadata?.name === volume?.dataVolume?.name);
  if (from) from.metadata = { ...from.metadata, name: disk };
  if (volume?.dataVolume) volume.dataVolume.name = disk;
}
