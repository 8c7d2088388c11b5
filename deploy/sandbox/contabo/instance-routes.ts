import express, { type Request, type Response, type Router } from 'express';
import { answerAudits, audit } from './audits.ts';
import {
  cancelInstance,
  reinstallInstance,
  rescueInstance,
  restartInstance,
  startInstance,
  stopInstance,
} from './changing.ts';
import { answerOne, answerPage, owner } from './envelope.ts';
import { orderInstance } from './ordering.ts';
import {
  cancelShape,
  createInstanceShape,
  patchInstanceShape,
  read,
  reinstallShape,
  rescueShape,
} from './requests.ts';
import { type Sandbox, instanceAsked } from './sandbox.ts';
import type { Instance, InstanceRecord } from './state.ts';

type Act = (sandbox: Sandbox, record: InstanceRecord, req: Request) => void | Promise<void>;

/** What can be done to an instance without changing what it is. */
const actions: Record<string, Act> = {
  start: startInstance,
  stop: stopInstance,
  shutdown: stopInstance,
  restart: restartInstance,
  rescue: (sandbox, record, req) => rescueInstance(sandbox, record, read(rescueShape, req.body)),
};

const isAmong = (value: string | number, list: string): boolean =>
  list.split(',').some((each) => each.trim() === String(value));

/** The filters of the list; texts match in part, as a search does. */
const filters: Record<string, (instance: Instance, wanted: string) => boolean> = {
  name: ({ name }, wanted) => name.includes(wanted),
  displayName: ({ displayName }, wanted) => displayName.includes(wanted),
  dataCenter: ({ dataCenter }, wanted) => dataCenter === wanted,
  region: ({ region }, wanted) => region === wanted,
  instanceId: ({ instanceId }, wanted) => String(instanceId) === wanted,
  instanceIds: ({ instanceId }, wanted) => isAmong(instanceId, wanted),
  status: ({ status }, wanted) => isAmong(status, wanted),
  productIds: ({ productId }, wanted) => isAmong(productId, wanted),
  productTypes: ({ productType }, wanted) => isAmong(productType, wanted),
  search: ({ name, displayName }, wanted) => [name, displayName].some((text) => text.includes(wanted)),
};

/** `/compute/instances` without its snapshots. */
export function instanceRoutes(sandbox: Sandbox): Router {
  const { store, ledger } = sandbox;
  const { state } = store;
  const router = express.Router();
  const changed = (req: Request, res: Response, status: number, { shown }: InstanceRecord, more: object) =>
    answerOne(req, res, status, { ...owner, instanceId: shown.instanceId, ...more });

  router.get('/audits', (req, res) => answerAudits(req, res, state.instanceAudits));

  router.get('/', (req, res) => {
    const all = Object.values(state.instances).map(({ shown }) => shown);
    answerPage(req, res, all, filters);
  });

  router.post('/', (req, res) => {
    const { shown } = orderInstance(sandbox, read(createInstanceShape, req.body));
    audit(store, req, 'CREATED', { instanceId: shown.instanceId });
    const { instanceId, createdDate, imageId, productId, region, addOns, osType, status, sshKeys } = shown;
    answerOne(req, res, 201, {
      ...owner,
      instanceId,
      createdDate,
      imageId,
      productId,
      region,
      addOns,
      osType,
      status,
      sshKeys,
    });
  });

  router.get('/:instanceId', (req, res) => {
    answerOne(req, res, 200, instanceAsked(sandbox, req).shown);
  });

  router.patch('/:instanceId', (req, res) => {
    const record = instanceAsked(sandbox, req);
    const { shown } = record;
    const { displayName = shown.displayName } = read(patchInstanceShape, req.body);
    audit(
      store,
      req,
      'UPDATED',
      { instanceId: shown.instanceId },
      { prev: shown.displayName, new: displayName },
    );
    shown.displayName = displayName;
    const id = String(shown.instanceId);
    store.save('instances', id);
    ledger.record({ effect: 'instance.renamed', id, detail: { displayName } });
    changed(req, res, 200, record, { createdDate: shown.createdDate });
  });

  router.put('/:instanceId', async (req, res) => {
    const record = instanceAsked(sandbox, req);
    await reinstallInstance(sandbox, record, read(reinstallShape, req.body));
    audit(store, req, 'UPDATED', { instanceId: record.shown.instanceId });
    changed(req, res, 200, record, { createdDate: record.shown.createdDate });
  });

  router.post('/:instanceId/cancel', (req, res) => {
    const record = instanceAsked(sandbox, req);
    cancelInstance(sandbox, record, 'client', read(cancelShape, req.body).cancelDate);
    const { cancelDate } = record.shown;
    audit(store, req, 'UPDATED', { instanceId: record.shown.instanceId }, { cancelDate });
    changed(req, res, 201, record, { cancelDate });
  });

  for (const [action, act] of Object.entries(actions)) {
    router.post(`/:instanceId/actions/${action}`, async (req, res) => {
      const record = instanceAsked(sandbox, req);
      await act(sandbox, record, req);
      changed(req, res, 201, record, { action });
    });
  }
  return router;
}
