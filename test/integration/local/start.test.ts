import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { markProcess, send } from '../../../workers/local/processes.ts';
import type { RuntimeFile } from '../../../workers/local/runtime-file.ts';
import { newStateDir, runSupervisor, type SupervisorRun } from '../../harness/supervisor.ts';

const up = /It stays up until Ctrl-C/;
const partNames = ['api', 'postgres', 'sandbox', 'supervisor', 'temporal', 'worker'];

describe('npm start', function () {
  this.timeout(180_000);
  let stateDir: string;
  let run: SupervisorRun;
  let runtime: RuntimeFile;
  before(async () => {
    stateDir = await newStateDir('start-test');
    run = await runSupervisor(stateDir);
    await run.until(up);
    runtime = run.runtime();
  });
  after(async () => {
    run.kill('SIGTERM');
    await run.exitCode;
  });

  it('plays one purchase through and prints when each step happened', () => {
    const steps = [
      'paid',
      'webhook',
      'create',
      'ready',
      'first boot',
      'credentials tried',
      'mail sent',
      'one-time link opened',
    ];
    const timeline = steps.map((step) => `^ +\\d+\\.\\d s +${step}.*\\n`).join('');
    assert.match(run.output(), new RegExp(timeline, 'm'));
  });

  it('prints the addresses to open, and each of them opens', async () => {
    const { shop, mail, temporalUi, apiDocs } = runtime.addresses;
    for (const address of [shop, mail, temporalUi, apiDocs]) {
      assert.ok(address && run.output().includes(address), `${address} is printed`);
      assert.equal((await fetch(address)).status, 200, address);
    }
  });

  it('describes itself for scripts, readable by its owner only', async () => {
    assert.deepEqual(Object.keys(runtime.pids).sort(), partNames);
    for (const [name, pid] of Object.entries(runtime.pids)) assert.ok(markProcess(pid), name);
    for (const file of ['runtime.json', 'secrets.json']) {
      assert.equal(statSync(path.join(stateDir, file)).mode & 0o777, 0o600, file);
    }
    const answer = await fetch(`${runtime.addresses.api}/v1/subscriptions`, {
      headers: { authorization: `Bearer ${runtime.admin.apiKey}` },
    });
    assert.equal(answer.status, 200);
  });

  it('says so when it runs already, and leaves that run alone', async () => {
    const second = await runSupervisor(stateDir);
    assert.equal(await second.exitCode, 1);
    assert.match(
      second.output(),
      new RegExp(`^\\s*Tenure is already running here \\(process ${run.pid}, .*\\n$`),
    );
    assert.equal((await fetch(`${runtime.addresses.api}/readyz`)).status, 200);
  });

  for (const name of ['worker', 'api', 'sandbox', 'temporal', 'postgres']) {
    it(`brings a killed ${name} back and says it`, async () => {
      const pid = run.runtime().pids[name]!;
      send(pid, 'SIGKILL');
      await run.until(
        new RegExp(`${name} died \\(SIGKILL\\) and is back after \\d+\\.\\d s as process \\d+`),
      );
      assert.notEqual(run.runtime().pids[name], pid);
      assert.ok(markProcess(run.runtime().pids[name]!));
    });
  }

  it('after a kill of itself, ends what was left and finds all its state on the same addresses', async () => {
    const left = run.runtime().pids;
    const secrets = readFileSync(path.join(stateDir, 'secrets.json'), 'utf8');
    const subscriptions = await countSubscriptions(run.runtime());
    run.kill('SIGKILL');
    await run.exitCode;

    run = await runSupervisor(stateDir, ['--no-demo']);
    await run.until(up);
    assert.match(run.output(), /Ended what a killed run had left: /);
    for (const [name, pid] of Object.entries(left)) assert.ok(!markProcess(pid), `${name} of the killed run`);
    assert.deepEqual(run.runtime().addresses, runtime.addresses);
    assert.equal(readFileSync(path.join(stateDir, 'secrets.json'), 'utf8'), secrets);
    assert.equal(await countSubscriptions(run.runtime()), subscriptions);
    assert.doesNotMatch(run.output(), /A purchase/);
  });

  it('stops every child on SIGTERM and leaves nothing behind', async () => {
    const { pids } = run.runtime();
    run.kill('SIGTERM');
    assert.equal(await run.exitCode, 0);
    for (const [name, pid] of Object.entries(pids)) assert.ok(!markProcess(pid), name);
    for (const file of ['runtime.json', 'processes.json', 'supervisor.json']) {
      assert.ok(!existsSync(path.join(stateDir, file)), file);
    }
  });
});

async function countSubscriptions({ databases }: RuntimeFile): Promise<number> {
  const client = new pg.Client({ connectionString: databases.admin });
  await client.connect();
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from subscriptions');
  await client.end();
  assert.ok(rows[0] && rows[0].count > 0);
  return rows[0].count;
}
