import type { SubscriptionView } from '../../schemas/api/staff.ts';

const id = 'sub_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5d';

/** For the documentation. */
export const exampleSubscription: SubscriptionView = {
  id,
  workflowId: `subscription/${id}`,
  temporalUrl: `https://temporal.example/namespaces/default/workflows/subscription%2F${id}`,
  stage: 'active',
  attention: null,
  customer: { id: 'cus_019a9f0c5e7b7c3c8a4d0e1f2a3b4c5e', email: 'ada@example.com', name: 'Ada Example' },
  planKey: 'linux-s',
  planVersion: 1,
  interval: 'month',
  currency: 'eur',
  amountMinor: 900,
  setupFeeMinor: 0,
  quantity: 1,
  region: 'fra',
  language: 'en',
  billing: {
    standing: 'paid',
    periodEnd: '2026-04-01T11:02:00.000Z',
    endsAtPeriodEnd: false,
    paidMinor: 900,
    checkoutRef: 'cs_1',
    billingRef: 'sub_1',
  },
  dueAt: null,
  cancelAtPeriodEnd: false,
  pendingChange: null,
  instances: [],
  createdAt: '2026-03-01T11:00:00.000Z',
  updatedAt: '2026-03-01T11:02:00.000Z',
};
