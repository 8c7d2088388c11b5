/** How the Proxmox VE driver reads what refuses a clone. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import { NOT_THERE, ORDER, SECRET, type ScriptedProxmox, startScriptedProxmox } from './proxmox-scripted.ts';

describe('a clone that Proxmox VE refuses', () => {
  let wire: ScriptedProxmox;
  let driver: Hypervisor;

  before(async () => {
    wire = await startScriptedProxmox();
    driver = wire.driver;
  });
  beforeEach(() => wire.reset());
  after(() => wire.close());

  for (const [status, message, kind, reason] of [
    [500, "storage 'ceph' does not exist", 'refused', 'bad-plan'],
    [500, "can't clone VM to node 'pve2' (VM uses local storage)", 'refused', 'bad-plan'],
    [500, 'VM is locked (backup)', 'retryable', 'locked'],
    [500, "can't lock file '/var/lock/qemu-server/lock-9000.conf' - got timeout", 'retryable', 'locked'],
    [500, 'clone failed: No space left on device', 'needs-a-human', 'quota-full'],
    [500, NOT_THERE.replace('10000', '9000'), 'refused', 'not-found'],
    [500, 'got no worker upid - start worker failed', 'retryable', 'answer-lost'],
    [403, 'Permission check failed (/storage/ceph, Datastore.AllocateSpace)', 'needs-a-human', 'key-refused'],
    [401, 'authentication failure', 'needs-a-human', 'key-refused'],
    [595, 'No route to host', 'retryable', 'answer-lost'],
    [501, "Method 'POST /nodes/pve1/qemu/9000/clone' not implemented", 'refused', 'bad-request'],
  ] as const) {
    it(`with ${status} "${message}" is ${kind} (${reason})`, async () => {
      wire.answers['POST /clone'] = { status, message: `${message}\n` };
      await rejects(driver.create(ORDER), kind, reason);
      assert.equal(wire.clones().length, 1);
    });
  }

  it('names the parameter that is wrong', async () => {
    wire.answers['POST /clone'] = {
      status: 400,
      message: 'Parameter verification failed.\n',
      errors: { name: 'invalid format - value does not look like a valid DNS name' },
    };
    const { message } = await rejects(driver.create(ORDER), 'refused', 'bad-request');
    assert.match(message, /name: invalid format/);
  });

  for (const message of [
    'unable to create VM 10001: config file already exists',
    "VM 10001 already exists on node 'pve2'",
    "CT 10001 already exists on node 'pve2'",
  ]) {
    it(`for "${message}" goes on with other ids, each once`, async () => {
      wire.answers['POST /clone'] = { status: 500, message };
      await rejects(driver.create(ORDER), 'retryable', 'id-taken');
      const ids = wire.clones().map(({ newid }) => newid);
      assert.equal(ids.length, 20);
      assert.equal(new Set(ids).size, 20);
      assert.ok(!ids.includes(10_000), 'it has a machine');
    });
  }

  it('whose acceptance cannot be read has an open outcome', async () => {
    wire.answers['POST /clone'] = { data: null };
    await rejects(driver.create(ORDER), 'retryable', 'answer-lost');
  });

  it('never shows the token, even if the answer does', async () => {
    wire.answers['POST /clone'] = { status: 400, message: `You sent ${SECRET}.` };
    const failure = await rejects(driver.create(ORDER), 'refused', 'bad-request');
    assert.match(failure.message, /You sent \*\*\*\./);
    assert.ok(!inspect(failure, { depth: 20, showHidden: true }).includes(SECRET));
  });
});
