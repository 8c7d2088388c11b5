/** GitOps mode: a real git server, and a cluster that applies what is in the repository. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type KubevirtOptions, createKubevirtDriver } from '../../../activities/hypervisors/kubevirt.ts';
import { openGitRepository } from '../../../activities/hypervisors/kubevirt/git-repository.ts';
import {
  type CreateInstanceRequest,
  type FirewallRule,
  type Hypervisor,
  type ProviderInstance,
  operationOf,
} from '../../../activities/hypervisors/port.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { type KubevirtUnderTest, startKubevirtUnderTest } from './kubevirt-under-test.ts';

const FOLDER = 'clusters/fsn1/tenure';
const SECRET = 'a-password-of-the-customer';

describe('KubeVirt by GitOps', function () {
  this.timeout(60_000);
  let git: GitServer;
  let cluster: KubevirtUnderTest;
  let driver: Hypervisor;

  const optionsOf = (own: { url?: string; token?: string; waitMs?: number } = {}): KubevirtOptions =>
    cluster.optionsWith({
      timeoutMs: 5_000,
      ...(own.waitMs !== undefined && { waitMs: own.waitMs }),
      git: { url: own.url ?? git.url, branch: git.branch, folder: FOLDER, token: own.token ?? git.token },
    });
  const connect = (own: Parameters<typeof optionsOf>[0] = {}): Hypervisor =>
    createKubevirtDriver(optionsOf(own));
  const order = (key: string): CreateInstanceRequest => ({
    key,
    hostname: 'web-1',
    region: 'fra',
    plan: cluster.plan,
    userData: `#cloud-config\npassword: ${SECRET}\n`,
    labels: { tenant: 'ten_1' },
  });
  const newKey = (): string => `sub_${randomUUID().replaceAll('-', '')}-1-g1`;
  const commits = async (): Promise<number> => {
    const count = await git.git('rev-list', '--count', '--all');
    return Number(count);
  };
  const untilState = async (ref: string, state: ProviderInstance['state']): Promise<ProviderInstance> => {
    for (let times = 0; times < 500; times += 1) {
      const instance = await driver.get(ref);
      if (instance?.state === state) return instance;
      await sleep(20);
    }
    return assert.fail(`${ref} did not become ${state}`);
  };
  const runningMachine = async (key = newKey()): Promise<ProviderInstance> =>
    untilState((await driver.create(order(key))).ref, 'running');

  before(async () => {
    git = await startGitServer();
    cluster = await startKubevirtUnderTest({
      git: { gitdir: git.gitdir, branch: git.branch, folder: FOLDER, intervalMs: 50 },
    });
    driver = connect();
  });
  afterEach(() => cluster.pull('DELETE', '/suspend'));
  after(async () => {
    await cluster.close();
    await git.close();
  });

  it('commits a machine that Flux applies, keeps first-boot data out of the repository, and commits it once', async () => {
    const key = newKey();
    const ordered = await driver.create(order(key));
    assert.equal(ordered.state, 'creating');
    const running = await untilState(ordered.ref, 'running');
    assert.equal(running.key, key);
    assert.ok(running.address);
    const before = await commits();
    assert.equal((await driver.create(order(key))).ref, ordered.ref);
    assert.equal(await commits(), before);
    const everything = await git.git('log', '-p', '--all');
    assert.ok(everything.includes(ordered.ref));
    for (const secret of [SECRET, Buffer.from(SECRET).toString('base64')])
      assert.ok(!everything.includes(secret));
    assert.match(String(await cluster.userDataOf?.(ordered.ref)), new RegExp(SECRET));
    assert.equal(await cluster.countMade(key), 1);
  });

  it('knows what is ordered before it is applied', async () => {
    await cluster.pull('POST', '/suspend');
    const key = newKey();
    const { ref } = await driver.create(order(key));
    assert.equal(await cluster.countMade(key), 0);
    assert.equal((await driver.get(ref))?.state, 'creating');
    assert.deepEqual(
      (await driver.findByKey(key)).map((instance) => [instance.ref, instance.state]),
      [[ref, 'creating']],
    );
    const listed: string[] = [];
    for await (const instance of driver.list()) listed.push(instance.ref);
    assert.equal(listed.filter((each) => each === ref).length, 1);
    await cluster.pull('POST', '/reconcile');
    await untilState(ref, 'running');
    assert.equal(await cluster.countMade(key), 1);
  });

  it('stops, starts, renames, resizes and guards by commits, and answers when the cluster has followed', async () => {
    const { ref } = await runningMachine();
    await driver.stop(ref);
    await untilState(ref, 'stopped');
    const before = await commits();
    await driver.stop(ref);
    assert.equal(await commits(), before);
    await driver.start(ref);
    await untilState(ref, 'running');
    await operationOf(driver, 'rename')(ref, 'web-renamed');
    assert.equal((await driver.get(ref))?.name, 'web-renamed');
    const larger = { plan: cluster.largerPlan ?? {}, region: 'fra' };
    await operationOf(driver, 'resize')(ref, larger);
    assert.equal((await untilState(ref, 'running')).size, driver.sizeOf(larger.plan, larger.region));
    const rules: FirewallRule[] = [{ protocol: 'tcp', ports: { from: 22, to: 22 }, source: '0.0.0.0/0' }];
    await operationOf(driver, 'setFirewall')(ref, rules);
    assert.deepEqual(await operationOf(driver, 'firewall')(ref), rules);
    await operationOf(driver, 'reinstall')(ref, {
      ...larger,
      hostname: 'web-1',
      userData: '#cloud-config\n{}\n',
    });
    await untilState(ref, 'running');
    assert.equal(await cluster.userDataOf?.(ref), '#cloud-config\n{}\n');
  });

  it('takes snapshots by commits, and removes them', async () => {
    const { ref } = await runningMachine();
    const { ref: snapshot } = await driver.createSnapshot(ref, newKey());
    for (let times = 0; (await driver.getSnapshot(snapshot))?.state !== 'complete'; times += 1) {
      assert.ok(times < 500, 'the snapshot is complete');
      await sleep(20);
    }
    await driver.deleteSnapshot(snapshot);
    assert.equal(await driver.getSnapshot(snapshot), null);
  });

  it('removes a machine from the repository and waits until Flux has pruned it', async () => {
    const key = newKey();
    const { ref } = await runningMachine(key);
    await driver.delete(ref);
    await driver.delete(ref);
    assert.equal(await driver.get(ref), null);
    assert.deepEqual(await driver.findByKey(key), []);
    assert.equal(await cluster.countDone('delete', ref), 1);
    assert.ok(!(await git.git('ls-tree', '-r', '--name-only', 'main')).includes(ref));
  });

  it('goes on top of what somebody else pushed in between', async () => {
    const other = openGitRepository({ url: git.gitdir, branch: git.branch, timeoutMs: 5_000 });
    const readme = `${FOLDER}/README-${randomUUID()}.md`;
    git.nextPush = { before: () => other.commit('Somebody else', async () => ({ [readme]: 'hello\n' })) };
    const { ref } = await driver.create(order(newKey()));
    const files = await git.git('ls-tree', '-r', '--name-only', 'main');
    assert.ok(files.includes(ref));
    assert.ok(files.includes(readme));
    assert.equal(await git.git('rev-list', '--merges', '--count', 'main'), '0');
  });

  it('loses no order when many are made at once by two processes', async () => {
    const other = connect();
    const keys = Array.from({ length: 12 }, newKey);
    await Promise.all(keys.map((key, index) => (index % 2 ? other : driver).create(order(key))));
    await cluster.pull('POST', '/reconcile');
    for (const key of keys) {
      assert.equal(await cluster.countMade(key), 1);
      assert.equal((await driver.findByKey(key)).length, 1);
    }
  });

  for (const [cut, had] of [
    ['before', 0],
    ['after', 1],
  ] as const) {
    it(`leaves the outcome open when a push is cut ${cut} its effect, and ends with one machine`, async () => {
      await cluster.pull('POST', '/suspend');
      const key = newKey();
      git.nextPush = { cut };
      await rejects(connect().create(order(key)), 'retryable', 'answer-lost');
      // As after a crash: another process knows nothing but the repository.
      const successor = connect();
      assert.equal((await successor.findByKey(key)).length, had);
      const { ref } = await successor.create(order(key));
      await cluster.pull('POST', '/reconcile');
      await untilState(ref, 'running');
      assert.equal(await cluster.countMade(key), 1);
      const made = await git.git('log', '--oneline', `--grep=${ref}`, 'main');
      assert.equal(made.split('\n').length, 1);
    });
  }

  for (const [when, had] of [
    ['before', 0],
    ['after', 1],
  ] as const) {
    it(`loses nothing when the process is killed just ${when} its push has effect`, async () => {
      await cluster.pull('POST', '/suspend');
      const key = newKey();
      const child = fork(fileURLToPath(new URL('./kubevirt-gitops-process.ts', import.meta.url)), {
        execArgv: ['--import', 'tsx'],
      });
      const dead = once(child, 'exit');
      const kill = async (): Promise<void> => {
        child.kill('SIGKILL');
        await dead;
      };
      git.nextPush = { [when]: kill, cut: when };
      child.send({ driver: optionsOf(), order: order(key) });
      assert.equal((await dead)[1], 'SIGKILL');
      const successor = connect();
      assert.equal((await successor.findByKey(key)).length, had);
      const { ref } = await successor.create(order(key));
      await cluster.pull('POST', '/reconcile');
      await untilState(ref, 'running');
      assert.equal(await cluster.countMade(key), 1);
    });
  }

  it('says so when Flux does not follow, and is in force once it does', async () => {
    const { ref } = await runningMachine();
    await cluster.pull('POST', '/suspend');
    await rejects(connect({ waitMs: 300 }).stop(ref), 'retryable', 'answer-lost');
    assert.equal((await driver.get(ref))?.state, 'running');
    await cluster.pull('DELETE', '/suspend');
    await driver.stop(ref);
    await untilState(ref, 'stopped');
    assert.equal(await cluster.countDone('stop', ref), 1);
  });

  it('needs a person when the repository refuses the token', async () => {
    await rejects(connect({ token: 'wrong' }).create(order(newKey())), 'needs-a-human', 'key-refused');
  });

  it('needs a person for a machine that is not in the repository', async () => {
    const direct = cluster.connect();
    const { ref } = await direct.create(order(newKey()));
    await rejects(driver.stop(ref), 'needs-a-human', 'not-found');
    await rejects(driver.stop(cluster.unknownRef), 'refused', 'not-found');
    await direct.delete(ref);
  });

  it('works on a repository of this machine, too', async () => {
    const local = connect({ url: git.gitdir });
    const keys = Array.from({ length: 6 }, newKey);
    await Promise.all(keys.map((key, index) => (index % 2 ? local : driver).create(order(key))));
    await cluster.pull('POST', '/reconcile');
    for (const key of keys) assert.equal(await cluster.countMade(key), 1);
    await git.git('fsck', '--strict');
  });

  it('refuses what Flux would undo', async () => {
    const ask = async (): Promise<unknown> => operationOf(driver, 'restoreSnapshot');
    await rejects(ask(), 'refused', 'unsupported');
  });
});

async function rejects(call: Promise<unknown>, kind: string, reason: string): Promise<void> {
  const failure = await call.then(
    () => assert.fail(`expected ${kind} (${reason}), but it succeeded`),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof TenureFailure, String(failure));
  assert.deepEqual([failure.kind, failure.details.reason], [kind, reason], failure.message);
  assert.ok(!failure.message.includes(SECRET));
}
