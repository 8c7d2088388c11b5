import type { OrderView, TimelineEntry, TimelineKind } from '../../../schemas/api/shop.ts';

/** A timeline of these kinds, a second apart; with an ordinal where it goes server by server. */
export function timeline(...entries: (TimelineKind | [TimelineKind, ordinal: number])[]): TimelineEntry[] {
  return entries.map((entry, index) => {
    const [kind, ordinal] = typeof entry === 'string' ? [entry] : entry;
    const at = new Date(Date.UTC(2026, 2, 1, 12, 0, index)).toISOString();
    return { seq: index + 1, at, kind, data: { ...(ordinal !== undefined && { ordinal }) } };
  });
}

/** An order for one running Linux server, except for `different`. */
export function order(different: Partial<OrderView> = {}): OrderView {
  return {
    subscriptionId: `sub_${'0'.repeat(32)}`,
    stage: 'active',
    planName: { en: 'VPS', de: 'VPS' },
    planKey: 'vps',
    quantity: 1,
    interval: 'month',
    currency: 'eur',
    amountMinor: 900,
    setupFeeMinor: 0,
    region: { en: 'Frankfurt', de: 'Frankfurt' },
    createdAt: '2026-03-01T12:00:00.000Z',
    paymentUrl: null,
    canPay: false,
    graceDays: 7,
    keepsLastSnapshot: true,
    cancelAtPeriodEnd: false,
    canChangePlan: false,
    pendingChange: null,
    periodEnd: '2026-04-01T12:00:00.000Z',
    dueAt: null,
    attention: null,
    instances: [],
    timeline: timeline('order-received', 'payment-received', 'provisioning-started', 'activated'),
    actions: [],
    ...different,
  };
}

/** A server of an order. */
export function server(state: OrderView['instances'][number]['state']): OrderView['instances'][number] {
  return {
    id: `ins_${'0'.repeat(32)}`,
    ordinal: 1,
    hostname: 'vps-1',
    state,
    address: '192.0.2.1',
    protocol: 'ssh',
    port: 22,
    username: 'root',
    displayName: null,
    possibleOperations: [],
    operations: [],
    snapshots: [],
  };
}
