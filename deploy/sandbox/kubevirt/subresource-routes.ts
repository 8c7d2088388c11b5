import express, { type Request, type Router } from 'express';
import type { Cluster } from './cluster.ts';
import { KINDS } from './kinds.ts';
import { asVirtualMachine, refuseDuringDiskWork } from './machines.ts';
import {
  addVolumeShape,
  removeVolumeShape,
  restartOptionsShape,
  startOptionsShape,
  stopOptionsShape,
} from './shapes.ts';
import type { KubeObject } from './state.ts';
import { badRequest, conflict, internalError, notFound } from './status.ts';
import { readOptions } from './validation.ts';

const { vm: VM, vmi: VMI, claim: CLAIM } = KINDS;
/** As the handlers of these routes name the kind, without its group. */
const MACHINE = { group: 'kubevirt.io', plural: 'virtualmachine' };

/** `PUT …/virtualmachines/{name}/{action}`: 202 without a body, or a Status. */
export function subresourceRoutes(cluster: Cluster): Router {
  const { objects, controller, ledger } = cluster;
  const router = express.Router();
  const base = '/apis/subresources.kubevirt.io/v1/namespaces/:namespace/virtualmachines/:name';

  const machine = (req: Request): KubeObject => {
    const name = String(req.params['name']);
    const vm = req.params['namespace'] === cluster.namespace ? objects.get(VM, name) : undefined;
    if (!vm) throw notFound(MACHINE, name);
    return vm;
  };
  const refuse = (name: string, why: string): never => {
    throw conflict(MACHINE, name, why);
  };
  /** Changes the description as the handlers do, for whom a refusal is a failure of their own. */
  const change = (vm: KubeObject, edit: (vm: KubeObject) => void): void => {
    const edited = structuredClone(vm);
    edit(edited);
    try {
      refuseDuringDiskWork(vm, edited);
    } catch (error) {
      throw internalError((error as Error).message);
    }
    const after = objects.update(VM, vm.metadata.name, edit);
    controller.changed(VM, vm, after);
  };
  const serve = (action: string, handle: (req: Request, vm: KubeObject) => void): void => {
    router.put(`${base}/${action}`, (req, res) => {
      handle(req, machine(req));
      res.status(202).end();
    });
  };
  const isRunning = (name: string): boolean =>
    ['Scheduling', 'Scheduled', 'Running'].includes(String(objects.get(VMI, name)?.status?.['phase']));

  serve('start', (req, vm) => {
    const { name } = vm.metadata;
    readOptions(startOptionsShape, req.body);
    if (isRunning(name)) refuse(name, 'VM is already running');
    const { runStrategy = 'Halted' } = asVirtualMachine(vm);
    if (runStrategy !== 'Halted') refuse(name, `${runStrategy} does not support manual start requests`);
    change(vm, (object) => (asVirtualMachine(object).runStrategy = 'Always'));
  });

  serve('stop', (req, vm) => {
    const { name } = vm.metadata;
    readOptions(stopOptionsShape, req.body);
    const { runStrategy = 'Halted' } = asVirtualMachine(vm);
    if (runStrategy === 'Halted') {
      if (!objects.get(VMI, name)) refuse(name, 'VM is not running');
      refuse(name, 'Halted only supports manual stop requests with a shorter graceperiod');
    }
    change(vm, (object) => (asVirtualMachine(object).runStrategy = 'Halted'));
  });

  serve('restart', (req, vm) => {
    const { name } = vm.metadata;
    const { gracePeriodSeconds } = readOptions(restartOptionsShape, req.body);
    if ((gracePeriodSeconds ?? 0) !== 0)
      throw badRequest('For force restart, only gracePeriod=0 is supported for now');
    if (asVirtualMachine(vm).runStrategy === 'Halted') {
      refuse(name, 'RunStategy Halted does not support manual restart requests');
    }
    if (!objects.get(VMI, name)) refuse(name, 'VM is not running: Halted');
    if (vm.status?.['stateChangeRequests'] !== undefined) {
      throw internalError('unable to complete request: stop/start already underway');
    }
    ledger.record({ effect: 'machine.restarted', id: name });
    controller.restart(name);
  });

  serve('addvolume', (req, vm) => {
    const { name: volume, disk, volumeSource } = readOptions(addVolumeShape, req.body);
    const claimName = volumeSource.persistentVolumeClaim?.claimName ?? volumeSource.dataVolume?.name ?? '';
    if ((volumeSource.persistentVolumeClaim === undefined) === (volumeSource.dataVolume === undefined)) {
      throw badRequest('AddVolumeOptions requires exactly one volume source');
    }
    if (disk.disk?.bus !== undefined && !['scsi', 'virtio'].includes(disk.disk.bus)) {
      throw badRequest(`hotplugged Disk ${volume} uses bus ${disk.disk.bus}, which is not supported`);
    }
    if (!objects.get(CLAIM, claimName)) throw notFound(CLAIM, claimName);
    const { volumes = [] } = asVirtualMachine(vm).template.spec;
    if (volumes.some((each) => each.name === volume)) {
      refuse(
        vm.metadata.name,
        `Unable to add volume [${volume}] because volume with that name already exists`,
      );
    }
    change(vm, (object) => {
      const { spec } = asVirtualMachine(object).template;
      spec.domain.devices.disks = [...(spec.domain.devices.disks ?? []), { ...disk, name: volume }];
      spec.volumes = [...(spec.volumes ?? []), { name: volume, ...volumeSource }];
    });
    ledger.record({ effect: 'volume.added', id: vm.metadata.name, detail: { claimName } });
  });

  serve('removevolume', (req, vm) => {
    const { name: volume } = readOptions(removeVolumeShape, req.body);
    const { volumes = [] } = asVirtualMachine(vm).template.spec;
    if (!volumes.some((each) => each.name === volume)) {
      refuse(vm.metadata.name, `Unable to remove volume [${volume}] because it does not exist`);
    }
    change(vm, (object) => {
      const { spec } = asVirtualMachine(object).template;
      spec.domain.devices.disks = (spec.domain.devices.disks ?? []).filter((each) => each.name !== volume);
      spec.volumes = (spec.volumes ?? []).filter((each) => each.name !== volume);
    });
    ledger.record({ effect: 'volume.removed', id: vm.metadata.name });
  });

  return router;
}
