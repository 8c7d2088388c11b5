import express, { type Router } from 'express';
import { z } from 'zod';
import { lookUp } from '../shared/lookup.ts';
import { nodes } from './catalog.ts';
import { refusal } from './errors.ts';
import { readParams } from './params.ts';
import { type Sandbox, isTaken, save } from './sandbox.ts';
import { type Settings, type Vm, epochSeconds, nextSeq } from './state.ts';
import { removeMachine } from './work.ts';

const timesShape = z.strictObject({ times: z.int().nonnegative().default(1) });
const unmarkedShape = z.strictObject({ times: z.int().nonnegative().default(1), ms: z.int().nonnegative() });
const rangeShape = z.strictObject({ from: z.int().min(100), to: z.int() });
const machinesShape = z.strictObject({
  count: z.int().positive(),
  from: z.int().min(100),
  node: z.string().default('pve3'),
  memoryMb: z.int().positive().default(16),
  config: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
});
const backupsShape = z.strictObject({ count: z.int().positive() });
const failShape = z.strictObject({ type: z.string(), exitstatus: z.string() });

/**
 * Brings about what happens to real clusters; mount at `/__sandbox/proxmox`:
 * - `POST`/`DELETE /nodes/{node}/offline`: the node is gone, until deleted;
 * - `POST`/`DELETE /nodes/{node}/full`: a machine of somebody else's has all of its memory, until deleted;
 * - `POST /nodes/{node}/take/{vmid}`: the machine moves there, as after a migration;
 * - `POST`/`DELETE /containers {from, to}`: containers have all ids in between that are free, until deleted;
 * - `POST /stuck {times}`: that many of the next clones never end;
 * - `POST /unmarked {times, ms}`: that many of the next clones show nothing but their lock for that long;
 * - `POST /silent-guests {times}`: that many of the next machines start, but nothing answers on them;
 * - `POST /fail {type, exitstatus}`: the next task of that type ends so, without its effect;
 * - `POST /machines {count, from}`: machines of somebody else's, from that id on;
 * - `POST /backups {count}`: backups of somebody else's;
 * - `GET /machines/{vmid}/user-data`: what its first boot read;
 * - `DELETE /machines/{vmid}`: deletes a machine behind its owner's back, whatever its state.
 */
export function controlRoutes(sandbox: Sandbox, snippetDir: string): Router {
  const { store, bootMs } = sandbox;
  const { state } = store;
  const { control } = state;
  const router = express.Router();
  router.use(express.json());
  const asked = (vmid: string): Vm => {
    const vm = lookUp(state.vms, vmid);
    if (!vm) throw refusal(`there is no machine ${vmid}`);
    return vm;
  };

  for (const lever of ['offline', 'full'] as const) {
    const set = (node: string, isOn: boolean): void => {
      if (!nodes.some(({ name }) => name === node)) throw refusal(`no such cluster node '${node}'`);
      control[lever] = [...control[lever].filter((name) => name !== node), ...(isOn ? [node] : [])];
      store.saveAll('control');
      if (lever === 'full') fill(sandbox, node, isOn);
    };
    router
      .route(`/nodes/:node/${lever}`)
      .post((req, res) => {
        set(req.params.node, true);
        res.status(204).end();
      })
      .delete((req, res) => {
        set(req.params.node, false);
        res.status(204).end();
      });
  }
  router.post('/nodes/:node/take/:vmid', (req, res) => {
    const vm = asked(req.params.vmid);
    vm.node = req.params.node;
    save(sandbox, vm);
    res.status(204).end();
  });
  router
    .route('/containers')
    .post((req, res) => {
      control.containers = readParams(rangeShape, req.body);
      store.saveAll('control');
      res.status(204).end();
    })
    .delete((_req, res) => {
      control.containers = null;
      store.saveAll('control');
      res.status(204).end();
    });
  router.post('/stuck', (req, res) => {
    control.stuck = readParams(timesShape, req.body).times;
    store.saveAll('control');
    res.status(204).end();
  });
  router.post('/unmarked', (req, res) => {
    control.unmarked = readParams(unmarkedShape, req.body);
    store.saveAll('control');
    res.status(204).end();
  });
  router.post('/silent-guests', (req, res) => {
    control.silent = readParams(timesShape, req.body).times;
    store.saveAll('control');
    res.status(204).end();
  });
  router.post('/fail', (req, res) => {
    control.failing.push(readParams(failShape, req.body));
    store.saveAll('control');
    res.status(204).end();
  });
  router.post('/machines', (req, res) => {
    const { count, from, node, memoryMb, config } = readParams(machinesShape, req.body);
    for (let made = 0, vmid = from; made < count; vmid += 1) {
      if (isTaken(sandbox, vmid)) continue;
      foreign(sandbox, vmid, node, memoryMb, config);
      made += 1;
    }
    res.status(204).end();
  });
  router.post('/backups', (req, res) => {
    const { count } = readParams(backupsShape, req.body);
    for (let made = 0; made < count; made += 1) {
      const volid = `backup:backup/vzdump-qemu-200-2026_01_01-${String(nextSeq(store)).padStart(6, '0')}.vma.zst`;
      const ctime = epochSeconds();
      state.backups[volid] = {
        ...{ volid, storage: 'backup', vmid: 200, size: 1_024, notes: '', ctime },
        ...{ config: {}, image: null },
      };
      store.save('backups', volid);
    }
    res.status(204).end();
  });
  router.get('/machines/:vmid/user-data', (req, res) => {
    res.json({ userData: asked(req.params.vmid).userData });
  });
  router.delete('/machines/:vmid', async (req, res) => {
    await removeMachine({ ...sandbox, snippetDir, bootMs }, asked(req.params.vmid), 'sandbox');
    res.status(204).end();
  });
  return router;
}

/** A machine as large as the node, under an id of its own. */
function fill(sandbox: Sandbox, node: string, isOn: boolean): void {
  const index = nodes.findIndex(({ name }) => name === node);
  const vmid = 900 + index;
  const memoryMb = Math.floor((nodes[index]?.memoryBytes ?? 0) / 1_024 ** 2);
  if (isOn) foreign(sandbox, vmid, node, memoryMb, {});
  else delete sandbox.store.state.vms[String(vmid)];
  sandbox.store.save('vms', String(vmid));
}

function foreign(sandbox: Sandbox, vmid: number, node: string, memoryMb: number, config: Settings): void {
  const vm: Vm = {
    seq: nextSeq(sandbox.store),
    vmid,
    node,
    config: {
      name: `guest-${vmid}`,
      cores: 1,
      memory: String(memoryMb),
      scsi0: `ceph:vm-${vmid}-disk-0,size=1G`,
      // Longer than most answers' time limit when it is sent slowly.
      description: `Somebody else’s machine. ${'It is not ours. '.repeat(20)}\n`,
      ...config,
    },
    pending: {},
    lock: null,
    running: false,
    family: 'linux',
    osName: 'Debian 13',
    password: '',
    installed: false,
    userData: '',
    address: null,
    unmarkedUntilMs: 0,
    agentAtMs: 0,
    silent: false,
    madeAt: epochSeconds(),
    startedAt: 0,
  };
  sandbox.store.state.vms[String(vmid)] = vm;
  save(sandbox, vm);
}
