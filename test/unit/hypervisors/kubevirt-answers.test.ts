/** What the KubeVirt driver makes of machines that its stand-in never shows. Real HTTP, with a server that says what it is told. */
import assert from 'node:assert/strict';
import { type Hypervisor, type ProviderInstance, operationOf } from '../../../activities/hypervisors/port.ts';
import {
  INSTANCES,
  MACHINES,
  NAME,
  type ScriptedKubevirt,
  json,
  refusal,
  startScriptedKubevirt,
  vm,
  vmi,
} from './kubevirt-scripted.ts';

describe('KubeVirt’s answers', () => {
  let wire: ScriptedKubevirt;
  let driver: Hypervisor;

  before(async () => {
    wire = await startScriptedKubevirt();
    driver = wire.driver;
  });
  beforeEach(() => wire.reset());
  after(() => wire.close());

  const stateSeen = async (status: object | undefined, spec = {}, metadata = {}): Promise<unknown> => {
    wire.answers = {
      [`GET ${MACHINES}/${NAME}`]: json(200, vm(status, spec, metadata)),
      [`GET ${INSTANCES}/${NAME}`]: json(200, vmi({ phase: 'Running' })),
    };
    return (await driver.get(NAME))?.state;
  };

  for (const [printed, state] of [
    [undefined, 'creating'],
    ['Provisioning', 'creating'],
    ['Starting', 'creating'],
    ['WaitingForVolumeBinding', 'creating'],
    ['ErrorUnschedulable', 'creating'],
    ['Stopped', 'creating'],
    ['Running', 'running'],
    ['Migrating', 'running'],
    ['Paused', 'busy'],
    ['Terminating', 'busy'],
    ['SomethingNew', 'busy'],
    ['CrashLoopBackOff', 'failed'],
    ['DataVolumeError', 'failed'],
    ['ErrImagePull', 'failed'],
  ] as const) {
    it(`takes a machine to be ${state} that says ${printed ?? 'nothing yet'}`, async () => {
      assert.equal(await stateSeen(printed === undefined ? undefined : { printableStatus: printed }), state);
    });
  }

  it('takes the wish into account, and what is under way', async () => {
    const halted = { runStrategy: 'Halted' };
    assert.equal(await stateSeen({ printableStatus: 'Stopped' }, halted), 'stopped');
    assert.equal(await stateSeen({ printableStatus: 'Running' }, halted), 'busy');
    const older = { runStrategy: undefined, running: false };
    assert.equal(await stateSeen({ printableStatus: 'Stopped' }, older), 'stopped');
    const manual = { runStrategy: 'Manual' };
    assert.equal(await stateSeen({ printableStatus: 'Stopped' }, manual), 'stopped');
    assert.equal(await stateSeen({ printableStatus: 'Running' }, manual), 'running');
    assert.equal(await stateSeen({ printableStatus: 'Running', restoreInProgress: 'r' }), 'busy');
    assert.equal(
      await stateSeen({ printableStatus: 'Running', stateChangeRequests: [{ action: 'Stop' }] }),
      'busy',
    );
    const going = { deletionTimestamp: '2026-07-27T11:00:00Z' };
    assert.equal(await stateSeen({ printableStatus: 'Running' }, {}, going), 'busy');
  });

  it('reads addresses, and the size that runs now', async () => {
    wire.answers = {
      [`GET ${MACHINES}/${NAME}`]: json(200, vm({ printableStatus: 'Running' })),
      [`GET ${INSTANCES}/${NAME}`]: json(
        200,
        vmi({
          phase: 'Running',
          interfaces: [{ ipAddress: 'fe80::1', ipAddresses: ['fe80::1', '2001:db8::7', '192.0.2.7'] }],
        }),
      ),
    };
    const seen = await driver.get(NAME);
    assert.deepEqual({ address: seen?.address, size: seen?.size, key: seen?.key, name: seen?.name }, {
      address: '2001:db8::7',
      size: '4 CPU, 4096 MB',
      key: null,
      name: NAME,
    } satisfies Partial<ProviderInstance>);
    assert.deepEqual(
      (await operationOf(driver, 'addresses')(NAME)).map(({ address }) => address),
      ['2001:db8::7', '192.0.2.7'],
    );
  });

  it('tells its quota also where it may not see nodes', async () => {
    wire.answers = {
      'GET /api/v1/nodes': refusal(403, 'Forbidden', 'nodes is forbidden'),
      'GET /api/v1/namespaces/tenure/resourcequotas': json(200, {
        apiVersion: 'v1',
        kind: 'ResourceQuotaList',
        metadata: {},
        items: [
          {
            metadata: { name: 'q' },
            status: {
              hard: {
                'requests.cpu': '8',
                'requests.memory': '16Gi',
                'count/virtualmachines.kubevirt.io': '4',
              },
              used: {
                'requests.cpu': '2500m',
                'requests.memory': '8Gi',
                'count/virtualmachines.kubevirt.io': '4',
              },
            },
          },
        ],
      }),
    };
    assert.deepEqual(await driver.capacity(), [
      {
        name: '',
        open: false,
        cpus: { used: 2.5, total: 8 },
        memoryMb: { used: 8_192, total: 16_384 },
        diskGb: { used: null, total: null },
        instances: { used: 4, total: 4 },
      },
    ]);
  });
});
