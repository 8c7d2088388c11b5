import { z } from 'zod';
import { EdgeId, PageOf, PageQuery } from '../../schemas/api/common.ts';
import {
  OperationDetails,
  OperationView,
  type OperationView as Operation,
  ServerView,
  type ServerView as Server,
  SnapshotView,
  type SnapshotView as Snapshot,
  StaffServerView,
} from '../../schemas/api/instances.ts';
import { OperationRequest } from '../../schemas/operations/requests.ts';
import { defineRoute } from '../http/contract.ts';
import { exampleOrder, exampleToken } from '../orders/example.ts';

const instanceId = 'ins_019a9f0d1b2c7d3e8f4a5b6c7d8e9f0a';

export const exampleOperation: Operation = {
  id: 'op_019a9f0d5c1d7e2f9a3b4c5d6e7f8091',
  instanceId,
  kind: 'reboot',
  request: { kind: 'reboot' },
  state: 'running',
  failure: null,
  result: null,
  askedBy: 'customer',
  createdAt: '2026-03-02T11:00:00.000Z',
  startedAt: '2026-03-02T11:00:01.000Z',
  finishedAt: null,
};

const exampleDetails = { ...exampleOperation, link: null };

const exampleSnapshot: Snapshot = {
  id: 'snp_019a9f0d5c1d7e2f9a3b4c5d6e7f8092',
  instanceId,
  origin: 'manual',
  state: 'complete',
  label: 'Before the update',
  sizeBytes: 1_288_490_188,
  createdAt: '2026-03-02T10:00:00.000Z',
  completedAt: '2026-03-02T10:04:00.000Z',
  expiresAt: null,
};

const exampleServer: Server = {
  id: instanceId,
  subscriptionId: exampleOrder.subscriptionId,
  ordinal: 1,
  hostname: 'linux-s-3b4c5d-1',
  displayName: 'shop',
  state: 'active',
  address: '203.0.113.7',
  protocol: 'ssh',
  port: 22,
  username: 'root',
  possibleOperations: [
    { kind: 'start', possible: false, reason: 'not-fitting', message: 'The server is active.', lack: null },
    { kind: 'stop', possible: true, reason: null, message: null, lack: null },
  ],
  operations: [exampleOperation],
  snapshots: [exampleSnapshot],
  disks: [],
  addresses: [],
  firewall: [{ protocol: 'tcp', ports: { from: 22, to: 22 }, source: '0.0.0.0/0' }],
};

const exampleStaffServer = {
  ...exampleServer,
  provider: 'cloud-a',
  providerRef: 'cb676a46-66fd-4dfb-b839-443f2e6c0b60',
  key: 'sub_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5d-1-g1',
};

const page = <T extends z.ZodType>(item: T, example: unknown) =>
  ({
    200: { description: 'A page.', body: PageOf(item), example: { data: [example], nextCursor: null } },
  }) as const;

const snapshots = {
  200: {
    description: 'All of them, newest first.',
    body: z.object({ data: z.array(SnapshotView) }),
    example: { data: [exampleSnapshot] },
  },
} as const;

const operation = {
  200: { description: 'The operation.', body: OperationDetails, example: exampleDetails },
} as const;

const asking = {
  method: 'post',
  idempotent: true,
  unknown: 'unknown-instance',
  body: { shape: OperationRequest, example: { kind: 'reboot' } },
  description:
    'Kept, and done when its turn comes: at each server one after the other. How it goes is told by GET on the operation. What the ' +
    'server’s provider lacks is refused with a sentence saying so; see `possibleOperations`.',
  answers: { 202: { description: 'Kept.', body: OperationView, example: exampleOperation } },
  problems: ['action-not-possible', 'subscription-over'],
} as const;

const Staff = z.strictObject({ id: EdgeId('instance') });
const staff = { tag: 'Instances', params: Staff, paramExamples: { id: instanceId } } as const;

export const getInstance = defineRoute({
  ...staff,
  method: 'get',
  path: '/v1/instances/{id}',
  operationId: 'getInstance',
  summary: 'One server, with what can be asked of it',
  access: { scope: 'subscriptions:read' },
  unknown: 'unknown-instance',
  answers: { 200: { description: 'The server.', body: StaffServerView, example: exampleStaffServer } },
});

export const operateInstance = defineRoute({
  ...staff,
  ...asking,
  path: '/v1/instances/{id}/operations',
  operationId: 'operateInstance',
  summary: 'Ask something of a server',
  access: { scope: 'subscriptions:write' },
});

export const listInstanceOperations = defineRoute({
  ...staff,
  method: 'get',
  path: '/v1/instances/{id}/operations',
  operationId: 'listInstanceOperations',
  summary: 'What was asked of a server, newest first',
  access: { scope: 'subscriptions:read' },
  unknown: 'unknown-instance',
  query: PageQuery,
  answers: page(OperationView, exampleOperation),
});

export const listInstanceSnapshots = defineRoute({
  ...staff,
  method: 'get',
  path: '/v1/instances/{id}/snapshots',
  operationId: 'listInstanceSnapshots',
  summary: 'The snapshots of a server, newest first',
  access: { scope: 'subscriptions:read' },
  unknown: 'unknown-instance',
  answers: snapshots,
});

export const getOperation = defineRoute({
  method: 'get',
  path: '/v1/operations/{id}',
  operationId: 'getOperation',
  tag: 'Instances',
  summary: 'One operation; to whoever asked for it also the link that it made',
  access: { scope: 'subscriptions:read' },
  params: z.strictObject({ id: EdgeId('operation') }),
  paramExamples: { id: exampleOperation.id },
  unknown: 'unknown-operation',
  answers: operation,
});

const token = z.string();
const order = {
  tag: 'Orders',
  access: 'order',
  params: z.strictObject({ token, id: EdgeId('instance') }),
  paramExamples: { token: exampleToken, id: instanceId },
} as const;

export const getOrderInstance = defineRoute({
  ...order,
  method: 'get',
  path: '/v1/orders/{token}/instances/{id}',
  operationId: 'getOrderInstance',
  summary: 'One server of the order, with what can be asked of it',
  unknown: 'unknown-instance',
  answers: { 200: { description: 'The server.', body: ServerView, example: exampleServer } },
});

export const operateOrderInstance = defineRoute({
  ...order,
  ...asking,
  path: '/v1/orders/{token}/instances/{id}/operations',
  operationId: 'operateOrderInstance',
  summary: 'Ask something of a server of the order',
  limited: true,
});

export const listOrderInstanceOperations = defineRoute({
  ...order,
  method: 'get',
  path: '/v1/orders/{token}/instances/{id}/operations',
  operationId: 'listOrderInstanceOperations',
  summary: 'What was asked of a server of the order, newest first',
  unknown: 'unknown-instance',
  query: PageQuery,
  answers: page(OperationView, exampleOperation),
});

export const listOrderInstanceSnapshots = defineRoute({
  ...order,
  method: 'get',
  path: '/v1/orders/{token}/instances/{id}/snapshots',
  operationId: 'listOrderInstanceSnapshots',
  summary: 'The snapshots of a server of the order, newest first',
  unknown: 'unknown-instance',
  answers: snapshots,
});

export const getOrderOperation = defineRoute({
  method: 'get',
  path: '/v1/orders/{token}/operations/{id}',
  operationId: 'getOrderOperation',
  tag: 'Orders',
  summary: 'One operation of the order; to whoever asked for it also the link that it made',
  access: 'order',
  params: z.strictObject({ token, id: EdgeId('operation') }),
  paramExamples: { token: exampleToken, id: exampleOperation.id },
  unknown: 'unknown-operation',
  answers: operation,
});
