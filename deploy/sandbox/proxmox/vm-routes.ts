import express, { type Request, type Response, type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { changeConfig, cloneMachine, unlinkDisks } from './changes.ts';
import { noConfig, refusal } from './errors.ts';
import {
  agentShape,
  cloneShape,
  configQueryShape,
  destroyShape,
  noParams,
  readConfigChange,
  readParams,
  rebootShape,
  resizeShape,
  restoreShape,
  shutdownShape,
  startShape,
  stopShape,
  unlinkShape,
} from './params.ts';
import { presentConfig, presentStatus } from './present.ts';
import { type Sandbox, nodeOf, refuseIfLocked, save, vmOf } from './sandbox.ts';
import type { Vm, Work } from './state.ts';

/** How long each change takes, as a share of the boot time. */
const SHARES = { start: 0.3, stop: 0.1, reboot: 0.3, resize: 0.05, destroy: 0.1, restore: 0.3 };

/** `/nodes/{node}/qemu` and everything below that the stand-in has. */
export function vmRoutes(sandbox: Sandbox): Router {
  const router = express.Router({ mergeParams: true });
  const { state } = sandbox.store;
  const nodeName = (req: Request): string => nodeOf(sandbox, String(req.params['node']));
  const asked = (req: Request): Vm => vmOf(sandbox, String(req.params['node']), String(req.params['vmid']));
  const fork = (vm: Vm, type: string, work: Work, share: number): string =>
    sandbox.tasks.fork({
      node: vm.node,
      type,
      id: String(vm.vmid),
      user: sandbox.user,
      log: [],
      work,
      afterMs: share * sandbox.bootMs,
    });
  const answer = (res: Response, data: unknown): void => void res.json({ data });

  router.get('/', (req, res) => {
    readParams(noParams, req.query);
    const node = nodeName(req);
    answer(
      res,
      Object.values(state.vms)
        .filter((vm) => vm.node === node)
        .map(presentStatus),
    );
  });

  /** Making a machine of nothing is left out; of an archive it is put in place of one that is there. */
  router.post('/', (req, res) => {
    const node = nodeName(req);
    const { vmid, archive, force, start } = readParams(restoreShape, req.body);
    const vm = lookUp(state.vms, String(vmid));
    if (!vm) throw noConfig(node, vmid);
    if (vm.node !== node || !force)
      throw refusal(`unable to restore VM ${vmid} - VM ${vmid} already exists on node '${vm.node}'`);
    if (vm.running) throw refusal(`unable to restore VM ${vmid} - vm is running`);
    refuseIfLocked(vm);
    if (!lookUp(state.backups, archive)) throw refusal(`volume '${archive}' does not exist`);
    vm.lock = 'create';
    save(sandbox, vm);
    answer(res, fork(vm, 'qmrestore', { kind: 'restore', vmid, volid: archive, start }, SHARES.restore));
  });

  router.delete('/:vmid', (req, res) => {
    const vm = asked(req);
    readParams(destroyShape, req.query);
    refuseIfLocked(vm);
    if (vm.config['protection'] === 1) throw refusal(`can't remove VM ${vm.vmid} - protection mode enabled`);
    if (vm.running) throw refusal(`VM ${vm.vmid} is running - destroy failed`);
    answer(res, fork(vm, 'qmdestroy', { kind: 'destroy', vmid: vm.vmid }, SHARES.destroy));
  });

  router.post('/:vmid/clone', (req, res) => {
    answer(res, cloneMachine(sandbox, asked(req), readParams(cloneShape, req.body)));
  });

  router
    .route('/:vmid/config')
    .get((req, res) => {
      const { current = false } = readParams(configQueryShape, req.query);
      answer(res, presentConfig(asked(req), current));
    })
    .put((req, res) => {
      changeConfig(sandbox, asked(req), readConfigChange(req.body));
      answer(res, null);
    });

  router.put('/:vmid/resize', (req, res) => {
    const vm = asked(req);
    const { disk, size } = readParams(resizeShape, req.body);
    refuseIfLocked(vm);
    if (vm.config[disk] === undefined) throw refusal(`disk '${disk}' does not exist`);
    answer(res, fork(vm, 'resize', { kind: 'resize', vmid: vm.vmid, disk, size }, SHARES.resize));
  });

  router.put('/:vmid/unlink', (req, res) => {
    const vm = asked(req);
    unlinkDisks(sandbox, vm, readParams(unlinkShape, req.body).idlist.split(/[,;\s]+/));
    answer(res, null);
  });

  router.get('/:vmid/status/current', (req, res) => {
    readParams(noParams, req.query);
    answer(res, presentStatus(asked(req)));
  });
  router.post('/:vmid/status/start', (req, res) => {
    const vm = asked(req);
    readParams(startShape, req.body);
    refuseIfLocked(vm);
    if (vm.config['template'] === 1) throw refusal("you can't start a vm if it's a template");
    answer(res, fork(vm, 'qmstart', { kind: 'start', vmid: vm.vmid }, SHARES.start));
  });
  router.post('/:vmid/status/stop', (req, res) => {
    const vm = asked(req);
    readParams(stopShape, req.body);
    refuseIfLocked(vm);
    answer(res, fork(vm, 'qmstop', { kind: 'stop', vmid: vm.vmid, isAsked: false }, SHARES.stop));
  });
  router.post('/:vmid/status/shutdown', (req, res) => {
    const vm = asked(req);
    readParams(shutdownShape, req.body);
    refuseIfLocked(vm);
    answer(res, fork(vm, 'qmshutdown', { kind: 'stop', vmid: vm.vmid, isAsked: true }, SHARES.stop));
  });
  router.post('/:vmid/status/reboot', (req, res) => {
    const vm = asked(req);
    readParams(rebootShape, req.body);
    refuseIfLocked(vm);
    if (!vm.running) throw refusal(`VM ${vm.vmid} not running`);
    answer(res, fork(vm, 'qmreboot', { kind: 'reboot', vmid: vm.vmid }, SHARES.reboot));
  });

  router.post('/:vmid/agent', (req, res) => {
    const vm = asked(req);
    const { command } = readParams(agentShape, req.body);
    if (!vm.running) throw refusal(`VM ${vm.vmid} is not running`);
    if (!/^(1|enabled=1)/.test(String(vm.config['agent'] ?? '')))
      throw refusal('No QEMU guest agent configured');
    if (vm.silent || Date.now() < vm.agentAtMs) throw refusal('QEMU guest agent is not running');
    answer(res, { result: command === 'network-get-interfaces' ? interfacesOf(vm) : {} });
  });

  return router;
}

/** Loopback, the machine's card, and one that the guest made itself. */
function interfacesOf({ config, address }: Vm): unknown[] {
  const mac = /[0-9A-F]{2}(:[0-9A-F]{2}){5}/.exec(String(config['net0']))?.[0].toLowerCase();
  const of = (family: 'ipv4' | 'ipv6', ip: string, prefix: number): Record<string, unknown> => ({
    'ip-address-type': family,
    'ip-address': ip,
    prefix,
  });
  return [
    { name: 'lo', 'hardware-address': '00:00:00:00:00:00', 'ip-addresses': [of('ipv4', '127.0.0.1', 8)] },
    {
      name: 'docker0',
      'hardware-address': '02:42:ac:11:00:02',
      'ip-addresses': [of('ipv4', '172.17.0.1', 16)],
    },
    {
      name: 'eth0',
      'hardware-address': mac,
      'ip-addresses': [of('ipv6', 'fe80::be24:11ff:fe00:1', 64), of('ipv4', address ?? '', 10)],
    },
  ];
}
