/** How the OpenStack driver signs in, finds its services, and agrees on a microversion. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { rejects } from '../../../activities/hypervisors/conformance/exam.ts';
import type { Hypervisor } from '../../../activities/hypervisors/port.ts';
import {
  ORDER,
  REF,
  SECRET,
  type ScriptedOpenStack,
  endpoint,
  json,
  startScriptedOpenStack,
} from './openstack-scripted.ts';

describe('OpenStack’s session', () => {
  let wire: ScriptedOpenStack;
  let openstack: Hypervisor;

  before(async () => {
    wire = await startScriptedOpenStack();
  });
  beforeEach(() => {
    wire.reset();
    openstack = wire.connect();
  });
  after(() => wire.close());

  describe('the microversion', () => {
    const asks = async (): Promise<unknown> => {
      await openstack.get(REF);
      return wire.asked.at(-1)?.headers['openstack-api-version'];
    };

    it('is the newest that both know', async () => {
      assert.equal(await asks(), 'compute 2.93');
      wire.version = { version: { version: '2.104' } };
      openstack = wire.connect();
      assert.equal(await asks(), 'compute 2.96');
    });

    it('is asked for once, and again after a failure', async () => {
      wire.version = 'nonsense';
      await rejects(openstack.get(REF), 'retryable', 'unexpected-answer');
      wire.version = { version: { version: '2.93' } };
      await openstack.get(REF);
      await openstack.get(REF);
      assert.equal(wire.lines().filter((line) => line === 'GET /nova/v2.1/').length, 2);
    });

    it('of a Nova that is too old needs a person', async () => {
      wire.version = { version: { version: '2.42' } };
      const { message } = await rejects(openstack.get(REF), 'needs-a-human', 'unsupported');
      assert.match(message, /2\.42/);
    });

    it('is asked for above the project in an old catalogue’s URL', async () => {
      wire.catalog[0]?.endpoints.splice(0, 2, endpoint(`${wire.origin}/nova/v2.1/abcdef0123456789`));
      await openstack.get(REF);
      assert.deepEqual(wire.lines().slice(-2), [
        'GET /nova/v2.1/',
        `GET /nova/v2.1/abcdef0123456789/servers/${REF}`,
      ]);
    });
  });

  describe('a session', () => {
    it('needs to be told the region if there are several', async () => {
      wire.catalog[0]?.endpoints.push(endpoint('http://nova.invalid', 'public', 'Two'));
      const { details } = await rejects(openstack.get(REF), 'needs-a-human', 'unexpected-answer');
      assert.match(details.nextStep ?? '', /OPENSTACK_REGION/);
      openstack = wire.connect({ region: 'One' });
      assert.equal((await openstack.get(REF))?.state, 'running');
    });

    it('is opened with an application credential and no scope, or as a user in a project', async () => {
      await openstack.get(REF);
      assert.deepEqual(JSON.parse(wire.asked[0]?.body ?? ''), {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { id: 'credential', secret: SECRET },
          },
        },
      });
      const user = { name: 'me', domain: 'Default', password: SECRET };
      openstack = wire.connect({ credentials: { user, project: { id: 'abc' } } });
      wire.asked = [];
      await openstack.get(REF);
      assert.deepEqual(JSON.parse(wire.asked[0]?.body ?? ''), {
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'me', domain: { name: 'Default' }, password: SECRET } },
          },
          scope: { project: { id: 'abc' } },
        },
      });
    });

    it('is opened a second time after 401, and no third time', async () => {
      wire.answer = json(
        { error: { code: 401, message: 'The request you have made requires authentication.' } },
        401,
      );
      await rejects(openstack.create(ORDER), 'needs-a-human', 'key-refused');
      assert.equal(wire.lines().filter((line) => line.endsWith('/auth/tokens')).length, 2);
      assert.equal(wire.lines().filter((line) => line === 'POST /nova/v2.1/servers').length, 2);
    });

    for (const [what, scripted, kind, reason] of [
      ['500', json({ error: { code: 500, message: 'x' } }, 500), 'retryable', 'no-answer'],
      ['no token', json({ token: { expires_at: null, catalog: [] } }, 201), 'retryable', 'unexpected-answer'],
      [
        '401',
        json({ error: { code: 401, message: 'no', title: 'Unauthorized' } }, 401),
        'needs-a-human',
        'key-refused',
      ],
      ['429', { status: 429, body: '' }, 'throttled', 'rate-limited'],
    ] as const) {
      it(`that Keystone refuses with ${what} never leaves a create’s outcome open`, async () => {
        wire.tokenAnswer = scripted;
        await rejects(openstack.create(ORDER), kind, reason);
      });
    }
  });
});
