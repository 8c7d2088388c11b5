import assert from 'node:assert/strict';
import { TenureFailure } from '../../../schemas/failures.ts';
import { newOrder, openBench, SECRET_KEY, until, type Bench } from './workbench.ts';

interface StoredCustomer {
  email: string;
  name: string | null;
  preferred_locales: string[];
  metadata: Record<string, string>;
}

interface Event {
  data: { object: { id: string }; previous_attributes?: Record<string, unknown> };
}

describe('a customer at Stripe', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
  });
  after(() => bench.close());

  const newCustomer = async (): Promise<string> =>
    (await bench.gateway.createCheckout(newOrder({ language: 'de' }))).customerRef;
  const read = async (id: string): Promise<StoredCustomer> => {
    const headers = { authorization: `Bearer ${SECRET_KEY}` };
    return (await (
      await fetch(`${bench.sandbox.url}/v1/customers/${id}`, { headers })
    ).json()) as StoredCustomer;
  };
  const ADA = { email: 'ada@example.de', name: 'Ada Beispiel', language: 'en' } as const;

  it('is reached as corrected, and keeps all else', async () => {
    const id = await newCustomer();
    const before = await read(id);
    await bench.gateway.updateCustomer(id, ADA, 'once');
    assert.deepEqual(await read(id), {
      ...before,
      email: ADA.email,
      name: ADA.name,
      preferred_locales: ['en'],
    });
    const hook = await until(() => bench.hooks.find(({ type }) => type === 'customer.updated'));
    const { data } = JSON.parse(hook.raw.toString()) as Event;
    assert.equal(data.object.id, id);
    assert.deepEqual(data.previous_attributes, {
      email: before.email,
      name: before.name,
      preferred_locales: ['de'],
    });
  });

  it('is corrected once, however often the same is told, and again when something else is', async () => {
    const id = await newCustomer();
    const updates = (): number =>
      bench.sandbox.ledger
        .read()
        .filter(({ effect, id: customer }) => effect === 'customer.updated' && customer === id).length;
    await bench.gateway.updateCustomer(id, ADA, 'message-1');
    await bench.gateway.updateCustomer(id, ADA, 'message-1');
    assert.equal(updates(), 1);
    const grace = { ...ADA, name: 'Grace Beispiel' };
    await bench.gateway.updateCustomer(id, grace, 'message-1');
    assert.equal((await read(id)).name, grace.name, 'the message was about an older reading');
    await bench.gateway.updateCustomer(id, ADA, 'message-2');
    assert.equal((await read(id)).name, ADA.name);
    assert.equal(updates(), 3);
  });

  it('is refused when Stripe knows no such customer or address', async () => {
    const isRefused = (error: unknown): boolean => error instanceof TenureFailure && error.kind === 'refused';
    await assert.rejects(bench.gateway.updateCustomer('cus_unknown', ADA, 'x'), isRefused);
    const id = await newCustomer();
    await assert.rejects(bench.gateway.updateCustomer(id, { ...ADA, email: 'ada' }, 'x'), isRefused);
  });
});
