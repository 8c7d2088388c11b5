import express, { type Request, type Response, type Router } from 'express';
import { lookUp } from '../shared/lookup.ts';
import { nodes, storages } from './catalog.ts';
import { bootDiskBytes } from './disks.ts';
import { badParameters, refusal } from './errors.ts';
import {
  contentShape,
  logShape,
  nextIdShape,
  noParams,
  readParams,
  resourcesShape,
  tasksShape,
  vzdumpShape,
} from './params.ts';
import { presentResource } from './present.ts';
import { type Sandbox, isTaken, nodeOf, refuseIfLocked, save, vmOf } from './sandbox.ts';
import { type Task, type Vm, epochSeconds } from './state.ts';

/** How long a backup takes, as a share of the boot time. */
const BACKUP_SHARE = 0.4;

/** The cluster, its nodes, tasks and storages. */
export function clusterRoutes(sandbox: Sandbox): Router {
  const router = express.Router();
  const { state } = sandbox.store;
  const answer = (res: Response, data: unknown): void => void res.json({ data });
  const askedNode = (req: Request): string => nodeOf(sandbox, String(req.params['node']));

  router.get('/version', (_req, res) => {
    answer(res, { version: '9.1.3', release: '9.1', repoid: '0123456789abcdef' });
  });

  router.get('/cluster/nextid', (req, res) => {
    const { vmid } = readParams(nextIdShape, req.query);
    if (vmid !== undefined && isTaken(sandbox, vmid))
      throw badParameters({ vmid: `VM ${vmid} already exists` });
    let next = vmid ?? 100;
    while (isTaken(sandbox, next)) next += 1;
    // Said to be a number, and sent as text.
    answer(res, String(next));
  });

  router.get('/cluster/resources', (req, res) => {
    const { type } = readParams(resourcesShape, req.query);
    const of = (wanted: string, rows: () => unknown[]): unknown[] =>
      type === undefined || type === wanted ? rows() : [];
    const vms = (): Vm[] => Object.values(state.vms).sort((a, b) => a.vmid - b.vmid);
    answer(res, [
      ...of('vm', () => [...vms().map(presentResource), ...containerRows(sandbox)]),
      ...of('node', () => nodeRows(sandbox)),
      ...of('storage', () => storageRows(sandbox)),
    ]);
  });

  router.get('/nodes', (req, res) => {
    readParams(noParams, req.query);
    answer(
      res,
      nodes.map(({ name, cpus, memoryBytes }) => ({
        node: name,
        status: state.control.offline.includes(name) ? 'offline' : 'online',
        maxcpu: cpus,
        maxmem: memoryBytes,
      })),
    );
  });

  router.get('/nodes/:node/tasks', (req, res) => {
    const node = askedNode(req);
    const { source, typefilter, vmid, limit, start } = readParams(tasksShape, req.query);
    const isWanted = (task: Task): boolean =>
      task.node === node &&
      (typefilter === undefined || task.type === typefilter) &&
      (vmid === undefined || task.id === String(vmid)) &&
      (source === 'all' || (source === 'active') === (task.endtime === undefined));
    answer(
      res,
      sandbox.tasks
        .all()
        .filter(isWanted)
        .reverse()
        .slice(start, start + limit)
        .map(presentTask),
    );
  });

  const askedTask = (req: Request): Task => {
    const upid = String(req.params['upid']);
    const task = sandbox.tasks.find(upid);
    if (task?.node !== askedNode(req)) throw refusal(`no such task '${upid}'`);
    return task;
  };
  router.delete('/nodes/:node/tasks/:upid', (req, res) => {
    sandbox.tasks.interrupt(askedTask(req));
    answer(res, null);
  });
  router.get('/nodes/:node/tasks/:upid/status', (req, res) => {
    const task = askedTask(req);
    const { endtime, exitstatus } = task;
    const state = endtime === undefined ? { status: 'running' } : { status: 'stopped', exitstatus };
    answer(res, { ...presentTask(task), ...state });
  });
  router.get('/nodes/:node/tasks/:upid/log', (req, res) => {
    const { log } = askedTask(req);
    const { limit, start } = readParams(logShape, req.query);
    const lines = log.map((line, index) => ({ n: index + 1, t: line }));
    res.json({ data: lines.slice(start, start + limit), total: lines.length });
  });

  router.post('/nodes/:node/vzdump', (req, res) => {
    const node = askedNode(req);
    const body = readParams(vzdumpShape, req.body);
    const { storage, vmid, mode, compress, remove } = body;
    const vm = vmOf(sandbox, node, vmid);
    if (!storages.some(({ name, content }) => name === storage && content.includes('backup'))) {
      throw refusal(
        `could not get storage information for '${storage}': storage '${storage}' does not exist`,
      );
    }
    refuseIfLocked(vm);
    vm.lock = 'backup';
    save(sandbox, vm);
    const notes = body['notes-template'];
    sandbox.ledger.record({ effect: 'backup.started', id: vmid, detail: { notes } });
    const upid = sandbox.tasks.fork({
      node,
      type: 'vzdump',
      id: vmid,
      user: sandbox.user,
      log: [
        `INFO: starting new backup job: vzdump ${vmid} --mode ${mode} --compress ${compress} --remove ${Number(remove)} --notes-template ${notes} --storage ${storage}`,
        `INFO: Starting Backup of VM ${vmid} (qemu)`,
      ],
      work: { kind: 'backup', vmid: vm.vmid, storage, notes },
      afterMs: BACKUP_SHARE * sandbox.bootMs,
    });
    answer(res, upid);
  });

  const askedStorage = (req: Request): string => {
    askedNode(req);
    const storage = String(req.params['storage']);
    if (storages.some(({ name }) => name === storage)) return storage;
    throw refusal(`storage '${storage}' does not exist`);
  };
  router.get('/nodes/:node/storage/:storage/content', (req, res) => {
    const storage = askedStorage(req);
    const { content, vmid } = readParams(contentShape, req.query);
    const listed = Object.values(state.backups)
      .filter((backup) => backup.storage === storage && (content === undefined || content === 'backup'))
      .filter((backup) => vmid === undefined || backup.vmid === vmid);
    answer(
      res,
      listed.map(({ volid, vmid: owner, size, notes, ctime }) => ({
        volid,
        vmid: owner,
        size,
        ctime,
        format: 'vma.zst',
        content: 'backup',
        subtype: 'qemu',
        ...(notes !== '' && { notes: notes.split('\n')[0] }),
      })),
    );
  });
  router.delete('/nodes/:node/storage/:storage/content/:volume', (req, res) => {
    askedStorage(req);
    const volid = String(req.params['volume']);
    const backup = lookUp(state.backups, volid);
    if (!backup) throw refusal(`volume '${volid}' does not exist`);
    const upid = sandbox.tasks.fork({
      node: askedNode(req),
      type: 'imgdel',
      id: String(backup.vmid),
      user: sandbox.user,
      log: [`Removed volume '${volid}'`],
      work: { kind: 'remove-volume', volid },
      afterMs: 0,
    });
    answer(res, upid);
  });

  return router;
}

function presentTask({ upid, node, type, id, user, starttime, endtime, exitstatus }: Task) {
  const [, , pid = '', pstart = ''] = upid.split(':');
  return {
    upid,
    node,
    type,
    id,
    user,
    starttime,
    pid: Number.parseInt(pid, 16),
    pstart: Number.parseInt(pstart, 16),
    ...(endtime !== undefined && { endtime, status: exitstatus }),
  };
}

/** Containers that somebody else runs: they have ids, too. */
function containerRows({ store }: Sandbox): unknown[] {
  const { vms, control } = store.state;
  if (control.containers === null) return [];
  const { from, to } = control.containers;
  const ids = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const row = (vmid: number): unknown => ({
    id: `lxc/${vmid}`,
    type: 'lxc',
    vmid,
    node: 'pve3',
    status: 'stopped',
  });
  return ids.filter((vmid) => !Object.hasOwn(vms, String(vmid))).map(row);
}

function nodeRows({ store }: Sandbox): unknown[] {
  const { offline } = store.state.control;
  return nodes.map(({ name, cpus, memoryBytes }) => ({
    id: `node/${name}`,
    type: 'node',
    node: name,
    ...(offline.includes(name)
      ? { status: 'offline' }
      : {
          status: 'online',
          level: '',
          'cgroup-mode': 2,
          cpu: 0.05,
          maxcpu: cpus,
          mem: Math.round(memoryBytes / 10),
          maxmem: memoryBytes,
          disk: 10 * 1_024 ** 3,
          maxdisk: 100 * 1_024 ** 3,
          uptime: epochSeconds() % 10_000_000,
        }),
  }));
}

function storageRows({ store }: Sandbox): unknown[] {
  const { vms, control } = store.state;
  const usedOf = (node: string | null): number =>
    Object.values(vms)
      .filter((vm) => node === null || vm.node === node)
      .reduce((sum, vm) => sum + bootDiskBytes(vm.config), 0);
  const online = nodes.filter(({ name }) => !control.offline.includes(name));
  return online.flatMap(({ name: node }) =>
    storages.map(({ name, plugin, content, shared, bytes }) => ({
      id: `storage/${node}/${name}`,
      type: 'storage',
      node,
      storage: name,
      status: 'available',
      plugintype: plugin,
      content,
      shared: shared ? 1 : 0,
      disk: content.includes('images') ? usedOf(shared ? null : node) : 0,
      maxdisk: bytes,
    })),
  );
}
