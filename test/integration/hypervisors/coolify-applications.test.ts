import assert from 'node:assert/strict';
import { probeAccess } from '../../../activities/access/probe.ts';
import { buildUserData } from '../../../activities/access/user-data.ts';
import {
  newKey,
  order,
  rejects,
  runningInstance,
  until,
  untilState,
} from '../../../activities/hypervisors/conformance/exam.ts';
import type { Exam } from '../../../activities/hypervisors/conformance/exam.ts';
import { operationOf } from '../../../activities/hypervisors/port.ts';
import { type CoolifyUnderTest, type Kind, startCoolifyUnderTest } from './coolify-under-test.ts';

/** What is special about Coolify: applications on the web, queues that swallow things, and makings of several calls. */
for (const kind of ['service', 'application'] as const satisfies readonly Kind[]) {
  describe(`Coolify's own ways with plans of the kind ${kind}`, function () {
    this.timeout(60_000);
    const exam = {} as Exam & { provider: CoolifyUnderTest };
    const control = (levers: Record<string, unknown>): Promise<unknown> =>
      exam.provider.levers.post('/coolify/control', levers);
    const one = `^/api/v1/${kind}s/[a-z0-9]+`;

    before(async () => {
      exam.provider = await startCoolifyUnderTest(kind);
      exam.hypervisor = exam.provider.connect();
    });
    afterEach(async () => {
      await exam.provider.calm();
      await control({ stuck: 0, failing: 0, isQueueFull: false, isHeld: false, access: 'open' });
    });
    after(() => exam.provider.close());

    it('gives a web address where the credentials work, and no others', async () => {
      const password = 'Passwort-2345678';
      const access = {
        protocol: 'web',
        username: 'keeper',
        web: { path: '/', status: 200, signIn: 'basic' },
      } as const;
      const userData = buildUserData({ image: { family: 'linux', access }, password });
      const { ref } = await exam.hypervisor.create(order(exam, newKey(), { userData, hostname: 'bot-1' }));
      const { address } = await untilState(exam, ref, 'running');
      const target = {
        protocol: 'web',
        address: address ?? '',
        port: 443,
        username: 'keeper',
        password,
        timeoutMs: 2_000,
      } as const;
      for (const signIn of ['basic', 'bearer'] as const) {
        assert.deepEqual(await probeAccess({ ...target, web: { ...access.web, signIn } }), {
          identity: null,
        });
      }
      const wrong = probeAccess({ ...target, password: 'Passwort-0000000', web: access.web });
      await rejects(wrong, 'retryable', 'credentials-refused');
      const open = probeAccess({ ...target, web: { ...access.web, path: '/healthz' } });
      await rejects(open, 'retryable', 'session-unusable');
      await probeAccess({ ...target, web: { path: '/healthz', status: 200, signIn: 'none' } });
      await rejects(
        probeAccess({ ...target, web: { ...access.web, status: 204 } }),
        'retryable',
        'not-answering',
      );
      await exam.hypervisor.stop(ref);
      await rejects(probeAccess({ ...target, web: access.web }), 'retryable', 'not-answering');
    });

    it('hands secrets over as they are, and lets them not be shown again', async () => {
      const userData = 'TENURE_USERNAME=admin\nTENURE_PASSWORD=a$b${c}\n';
      const { ref } = await exam.hypervisor.create(order(exam, newKey(), { userData }));
      const { data } = await exam.provider.levers.get<{
        variables: Record<string, { value: string; is_literal: boolean; is_shown_once: boolean }>;
      }>(`/coolify/resources/${ref.split(':')[1]}`);
      const { value, is_literal, is_shown_once } =
        data.variables['TENURE_PASSWORD'] ?? assert.fail('no password');
      assert.deepEqual(
        { value, is_literal, is_shown_once },
        { value: 'a$b${c}', is_literal: true, is_shown_once: true },
      );
    });

    it('takes away what it began when a later call of the making is refused', async () => {
      const key = newKey();
      await exam.provider.levers.post('/faults', {
        method: 'PATCH',
        path: `${one}/envs/bulk$`,
        kind: 'throttle',
      });
      await rejects(exam.hypervisor.create(order(exam, key)), 'throttled', 'rate-limited');
      assert.equal(await exam.provider.countMade(key), 1);
      assert.deepEqual(await exam.hypervisor.findByKey(key), []);
    });

    it('leaves it to be found when the outcome of a later call is open, and says in the end that it is broken off', async () => {
      const key = newKey();
      const hasty = exam.provider.connectWith({ createSettleMs: 300, jobMs: 1 });
      await exam.provider.levers.post('/faults', {
        method: 'PATCH',
        path: `${one}/envs/bulk$`,
        kind: 'lost-after',
      });
      await rejects(hasty.create(order(exam, key)), 'retryable', 'answer-lost');
      const [found] = await exam.hypervisor.findByKey(key);
      assert.equal(found?.state, 'creating');
      await until(
        () => hasty.get(found.ref),
        (instance) => instance?.state === 'failed',
        'it counts as broken off',
      );
      await exam.hypervisor.delete(found.ref);
    });

    it('knows one that runs although the last call of its making was lost, also after it was switched off', async () => {
      const key = newKey();
      await exam.provider.levers.post('/faults', { method: 'PATCH', path: `${one}$`, kind: 'lost-before' });
      await rejects(exam.hypervisor.create(order(exam, key)), 'retryable', 'answer-lost');
      const [found] = await exam.hypervisor.findByKey(key);
      await untilState(exam, found?.ref ?? '', 'running');
      const hasty = exam.provider.connectWith({ createSettleMs: 1, jobMs: 5_000 });
      await hasty.stop(found?.ref ?? '');
      const late = exam.provider.connectWith({ createSettleMs: 1, jobMs: 1 });
      assert.equal((await late.get(found?.ref ?? ''))?.state, 'stopped');
    });

    it('keeps volumes and images of others when it stops and deletes, and takes its own with it', async () => {
      const { ref } = await runningInstance(exam);
      await exam.hypervisor.stop(ref);
      await exam.hypervisor.delete(ref);
      const details = async (effect: string): Promise<unknown[]> =>
        (await exam.provider.ledger(effect, ref)).map(({ detail }) => detail);
      assert.deepEqual(await details('stop.queued'), [{ cleanup: false }]);
      assert.deepEqual(await details('delete.queued'), [{ volumes: true, cleanup: false }]);
    });

    it('starts at once after a stop, and is not fooled by the one that was still waiting', async () => {
      const { ref } = await runningInstance(exam);
      await exam.hypervisor.stop(ref);
      await exam.hypervisor.start(ref);
      await untilState(exam, ref, 'running');
    });

    it('says that a deletion is still waiting when Coolify’s queue stands still', async () => {
      const { ref } = await runningInstance(exam);
      const hasty = exam.provider.connectWith({ jobMs: 1 });
      await exam.provider.levers.post('/coolify/control', { isHeld: true });
      await rejects(hasty.delete(ref), 'retryable', 'locked');
      await exam.provider.levers.post('/coolify/control', { isHeld: false });
      await exam.hypervisor.delete(ref);
      assert.equal(await exam.hypervisor.get(ref), null);
    });

    for (const [access, text] of [
      ['api-disabled', /disabled/],
      ['ip-refused', /not allowed/],
      ['no-ability', /permissions/],
      ['no-team', /Invalid token/],
    ] as const) {
      it(`needs a person when it is not let in: ${access}`, async () => {
        await control({ access });
        const { message } = await rejects(
          exam.hypervisor.findByKey(newKey()),
          'needs-a-human',
          'key-refused',
        );
        assert.match(message, text);
      });
    }

    it('waits on an application that is not healthy', async () => {
      const { ref } = await runningInstance(exam);
      for (const status of [
        'running:unhealthy',
        'degraded:unhealthy',
        'restarting:unknown',
        'paused:unknown',
      ]) {
        await exam.provider.levers.patch(`/coolify/resources/${ref.split(':')[1]}`, { status });
        assert.equal((await exam.hypervisor.get(ref))?.state, 'busy', status);
      }
    });

    it('refuses a size of the other kind', async () => {
      const { ref } = await runningInstance(exam);
      const other = {
        kind: 'dockerfile',
        dockerfile: 'FROM scratch',
        port: 80,
        limits: { cpus: 1, memoryMb: 64 },
        regions: { fra: {} },
      };
      const wrong = kind === 'service' ? other : { ...other, kind: 'service' };
      const resize = operationOf(exam.hypervisor, 'resize')(ref, { plan: wrong, region: 'fra' });
      await rejects(resize, 'refused', 'bad-plan');
    });
  });
}

describe('Deployments of Coolify’s applications', function () {
  this.timeout(60_000);
  const exam = {} as Exam & { provider: CoolifyUnderTest };
  const control = (levers: Record<string, unknown>): Promise<unknown> =>
    exam.provider.levers.post('/coolify/control', levers);

  before(async () => {
    exam.provider = await startCoolifyUnderTest('application');
    exam.hypervisor = exam.provider.connect();
  });
  afterEach(() => control({ failing: 0, isQueueFull: false }));
  after(() => exam.provider.close());

  it('that fail leave an instance that failed', async () => {
    await control({ failing: 1 });
    const { ref } = await exam.hypervisor.create(order(exam, newKey()));
    await untilState(exam, ref, 'failed');
    await exam.hypervisor.delete(ref);
    assert.equal(await exam.hypervisor.get(ref), null);
  });

  it('are throttled when the queue is full, for as long as Coolify says, and nothing is left', async () => {
    const key = newKey();
    await control({ isQueueFull: true });
    const { details } = await rejects(exam.hypervisor.create(order(exam, key)), 'throttled', 'rate-limited');
    assert.ok((details.retryAfterMs ?? 0) >= 60_000);
    assert.deepEqual(await exam.hypervisor.findByKey(key), []);
  });

  it('are not taken for queued by an id that Coolify gave to nothing', async () => {
    const { ref } = await runningInstance(exam);
    await control({ isQueueFull: true });
    await rejects(operationOf(exam.hypervisor, 'reboot')(ref), 'throttled', 'rate-limited');
    assert.deepEqual(await exam.provider.ledger('restart.queued', ref), []);
  });

  it('under way are cancelled by a stop, which they would undo', async () => {
    const { ref } = await runningInstance(exam);
    await operationOf(exam.hypervisor, 'reboot')(ref);
    await exam.hypervisor.stop(ref);
    assert.equal((await exam.hypervisor.get(ref))?.state, 'stopped');
    await exam.hypervisor.start(ref);
    await untilState(exam, ref, 'running');
  });

  it('are found under way when Coolify answers with another id', async () => {
    const { ref } = await runningInstance(exam);
    const reboot = operationOf(exam.hypervisor, 'reboot');
    await Promise.all([reboot(ref), reboot(ref)]);
    await untilState(exam, ref, 'running');
  });

  it('are not what services need: one below the plan’s own domain says its container’s port to Coolify alone', async () => {
    const compose = 'services: { bot: { image: nginx } }';
    const regions = { fra: { domain: 'bots.example.com' } };
    const plan = {
      kind: 'service',
      compose,
      main: 'bot',
      port: 8080,
      limits: { cpus: 1, memoryMb: 64 },
      regions,
    };
    const { ref } = await exam.hypervisor.create(order(exam, newKey(), { plan }));
    const { address } = await untilState(exam, ref, 'running');
    const { data } = await exam.provider.levers.get<{ fqdn: string }>(
      `/coolify/resources/${ref.split(':')[1]}`,
    );
    assert.match(data.fqdn, /^https:\/\/exam-1-[0-9a-f]{8}\.bots\.example\.com:8080$/);
    assert.equal(new URL(address ?? '').hostname, new URL(data.fqdn).hostname);
    assert.notEqual(new URL(address ?? '').port, '8080');
    await rejects(
      (async () => exam.hypervisor.checkPlan({ ...plan, regions: { fra: {} } }, 'fra'))(),
      'refused',
      'bad-plan',
    );
  });

  for (const source of [
    { kind: 'dockerfile', dockerfile: 'FROM nginx\n' },
    { kind: 'git', repository: 'https://github.com/example/bot', branch: 'main', buildPack: 'dockerfile' },
  ]) {
    it(`are made of a ${source.kind}, below the plan’s own domain`, async () => {
      const plan = {
        ...source,
        port: 80,
        limits: { cpus: 1, memoryMb: 64 },
        regions: { fra: { domain: 'bots.example.com' } },
      };
      const { ref } = await exam.hypervisor.create(order(exam, newKey(), { plan }));
      const { address } = await untilState(exam, ref, 'running');
      assert.match(address ?? '', /^https:\/\/exam-1-[0-9a-f]{8}\.bots\.example\.com:\d+$/);
    });
  }
});
