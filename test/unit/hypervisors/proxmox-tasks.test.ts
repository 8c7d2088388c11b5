/** How the Proxmox VE driver reads the ends and the logs of tasks. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import {
  REF,
  SECRET,
  type ScriptedProxmox,
  UPID,
  cluster,
  startScriptedProxmox,
} from './proxmox-scripted.ts';

describe('a task of Proxmox VE', () => {
  let wire: ScriptedProxmox;
  let driver: Hypervisor;

  before(async () => {
    wire = await startScriptedProxmox();
    driver = wire.driver;
  });
  beforeEach(() => wire.reset());
  after(() => wire.close());

  for (const exitstatus of ['OK', 'WARNINGS: 2', 'VM 10000 not running']) {
    it(`that ends with "${exitstatus}" has ended well`, async () => {
      wire.answers['GET /status'] = { data: { status: 'stopped', exitstatus } };
      await driver.stop(REF);
    });
  }

  for (const [exitstatus, kind, reason] of [
    ['VM quit/powerdown failed - got timeout', 'retryable', 'locked'],
    ['WARNINGS: many', 'retryable', 'task-failed'],
    ['unexpected status', 'retryable', 'task-failed'],
    [undefined, 'retryable', 'task-failed'],
    [`something about ${SECRET}`, 'retryable', 'task-failed'],
  ] as const) {
    it(`that ends with "${exitstatus}" has not`, async () => {
      wire.answers['GET /status'] = { data: { status: 'stopped', exitstatus } };
      const { message } = await rejects(driver.stop(REF), kind, reason);
      assert.ok(!message.includes(SECRET));
    });
  }

  it('that takes long, or cannot be looked at, was accepted all the same', async () => {
    wire.answers['GET /status'] = { data: { status: 'running' } };
    await driver.stop(REF);
    wire.answers['GET /status'] = { status: 599, message: 'too many redirections' };
    await driver.stop(REF);
    assert.equal(wire.asked.filter(({ call }) => call.endsWith('/shutdown')).length, 2);
  });

  it('of the machine’s power is waited for before the next one', async () => {
    wire.answers['GET /tasks'] = { data: [{ upid: UPID, type: 'qmstop', id: '10000' }] };
    wire.answers['GET /status'] = { data: { status: 'running' } };
    await rejects(driver.start(REF), 'retryable', 'locked');
    assert.ok(wire.asked.every(({ call }) => call.startsWith('GET')));
  });

  it('tells a backup that is being written by the first line of its job, and trusts no list before that line', async () => {
    const upid = UPID.replace('qmstop', 'vzdump');
    const storage = {
      id: 'storage/pve1/pbs',
      type: 'storage',
      storage: 'pbs',
      node: 'pve1',
      shared: 1,
      status: 'available',
    };
    wire.answers['GET /cluster/resources'] = { data: [...cluster(), storage] };
    wire.answers['GET /tasks'] = { data: [{ upid, type: 'vzdump', id: '10000' }] };
    wire.answers['GET /content'] = { data: [] };
    wire.answers['GET /log'] = { data: [{ n: 1, t: 'no content' }] };
    await rejects(driver.findSnapshotsByKey('s1'), 'retryable', 'locked');
    const t = `INFO: starting new backup job: vzdump 10000 --storage pbs --notes-template 'tenure:s1@${REF}' --mode snapshot`;
    wire.answers['GET /log'] = { data: [{ n: 1, t }] };
    const [pending] = await driver.findSnapshotsByKey('s1');
    assert.deepEqual([pending?.key, pending?.state], ['s1', 'pending']);
    const volid = 'pbs:backup/vm/10000/2026-03-01T10:00:00Z';
    wire.answers['GET /content'] = {
      data: [{ volid, size: 7, vmid: 10_000, notes: `tenure:s1@${REF}`, format: 'pbs-vm' }],
    };
    assert.deepEqual(await driver.findSnapshotsByKey('s1'), [
      { ref: pending?.ref, key: 's1', state: 'complete', sizeBytes: 7 },
    ]);
  });
});
