import type { OrderView } from '../../schemas/api/shop.ts';

/** For the documentation. */
export const exampleToken = 'AZqfDF5-ezyKTQ4fKjtMXQGanwxee3w8ik0OHyo7TF2J0s8bq1n0c3Y5yV2tQxkRZb7w1mEo4pA';

export const exampleOrder: OrderView = {
  subscriptionId: 'sub_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5d',
  stage: 'provisioning',
  planName: { en: 'Linux VPS S', de: 'Linux-VPS S' },
  planKey: 'linux-s',
  quantity: 1,
  interval: 'month',
  currency: 'eur',
  amountMinor: 900,
  setupFeeMinor: 0,
  region: { en: 'Frankfurt', de: 'Frankfurt' },
  createdAt: '2026-03-01T11:00:00.000Z',
  paymentUrl: null,
  canPay: false,
  cancelAtPeriodEnd: false,
  periodEnd: '2026-04-01T11:02:00.000Z',
  canChangePlan: false,
  pendingChange: null,
  graceDays: 7,
  keepsLastSnapshot: true,
  dueAt: null,
  attention: null,
  instances: [
    {
      id: 'ins_019a9f0d1b2c7d3e8f4a5b6c7d8e9f0a',
      ordinal: 1,
      hostname: 'linux-s-3b4c5d-1',
      state: 'creating',
      address: null,
      protocol: 'ssh',
      port: 22,
      username: 'root',
      displayName: null,
      possibleOperations: [],
      operations: [],
      snapshots: [],
    },
  ],
  timeline: [{ seq: 41, at: '2026-03-01T11:00:00.000Z', kind: 'order-received', data: { quantity: 1 } }],
  actions: ['cancel'],
};
