import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createIdempotency, type KeptAnswer } from '../../../api/http/idempotency.ts';
import { ApiProblem } from '../../../api/http/problem.ts';
import type { Problem } from '../../../schemas/api/common.ts';
import type { CheckoutAnswer } from '../../../schemas/api/shop.ts';
import { checkoutRequest, count } from './orders.ts';
import { type Shop, startShop } from './shop.ts';

describe('Idempotency-Key', () => {
  let shop: Shop;
  before(async function () {
    this.timeout(60_000);
    shop = await startShop('idempotency');
  });

  const order = (body: unknown, key: string) =>
    shop.http.post<CheckoutAnswer & Problem>('/v1/checkouts', body, { headers: { 'idempotency-key': key } });

  it('gives the same answer to the same request, and acts once', async () => {
    const [key, body] = [randomUUID(), checkoutRequest()];
    const first = await order(body, key);
    const second = await order(body, key);
    assert.equal(first.status, 201);
    assert.equal(second.status, 201);
    assert.deepEqual(second.data, first.data);
    assert.equal(first.headers['idempotent-replayed'], undefined);
    assert.equal(second.headers['idempotent-replayed'], 'true');
    assert.equal(await count(shop, 'customers', 'email = $1', [body.email]), 1);
  });

  it('looks at what the body says, not how it is written', async () => {
    const [key, body] = [randomUUID(), checkoutRequest()];
    const first = await order(body, key);
    const reversed = Object.fromEntries(Object.entries(body).reverse());
    assert.deepEqual((await order(reversed, key)).data, first.data);
  });

  it('refuses the key for another body', async () => {
    const key = randomUUID();
    await order(checkoutRequest(), key);
    const { status, data } = await order(checkoutRequest(), key);
    assert.equal(status, 422);
    assert.equal(data.reason, 'idempotency-key-reused');
  });

  it('gives a refusal again', async () => {
    const [key, body] = [randomUUID(), checkoutRequest({ expectedTotalMinor: 1 })];
    const first = await order(body, key);
    const second = await order(body, key);
    assert.equal(second.status, 409);
    assert.deepEqual(second.data, first.data);
    assert.equal(second.headers['content-type'], 'application/problem+json; charset=utf-8');
  });

  it('refuses keys that are too long', async () => {
    const { status, data } = await order(checkoutRequest(), 'k'.repeat(256));
    assert.equal(status, 422);
    assert.equal(data.errors?.[0]?.path, 'header.Idempotency-Key');
  });

  it('lets one of twenty at once act; the others wait or get its answer', async () => {
    const [key, body] = [randomUUID(), checkoutRequest()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => order(body, key)));
    const made = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status === 409);
    assert.equal(made.length + waiting.length, 20);
    assert.ok(made.length >= 1);
    assert.equal(new Set(made.map(({ data }) => data.subscriptionId)).size, 1);
    for (const { data, headers } of waiting) {
      assert.equal(data.reason, 'idempotency-key-in-use');
      assert.equal(headers['retry-after'], '1');
    }
    assert.equal(await count(shop, 'customers', 'email = $1', [body.email]), 1);
  });

  it('keeps answers encrypted: order links are secrets', async () => {
    const [key, body] = [randomUUID(), checkoutRequest()];
    const { data } = await order(body, key);
    const { rows } = await shop.sql.query<{ response: object }>(
      'select response from idempotency_keys where key = $1',
      [key],
    );
    const text = JSON.stringify(rows[0]?.response);
    assert.equal(text.includes(data.orderToken), false);
    assert.deepEqual(Object.keys(rows[0]?.response ?? {}), ['sealed']);
  });

  describe('underneath', () => {
    const content = { any: 'request' };
    const answer: KeptAnswer = { status: 200, body: { done: true } };
    const run = (key: string, work: (id: string) => Promise<KeptAnswer>) =>
      createIdempotency(shop.db, shop.deps.secretBox).run(
        { tenantId: shop.deps.tenant.id, scope: 'test', key, content },
        ({ id }) => work(id),
      );
    const age = (key: string, interval: string) =>
      shop.sql.query(`update idempotency_keys set created_at = created_at - $2::interval where key = $1`, [
        key,
        interval,
      ]);

    it('takes over a claim whose process died, under the same id', async () => {
      const key = randomUUID();
      let abandoned = '';
      const dead = new Promise<KeptAnswer>(() => undefined);
      void run(key, async (id) => {
        abandoned = id;
        return dead;
      });
      while (abandoned === '') await new Promise((resolve) => setTimeout(resolve, 5));
      await assert.rejects(
        run(key, async () => answer),
        /still running/,
      );
      await age(key, '61 seconds');
      let second = '';
      await run(key, async (id) => {
        second = id;
        return answer;
      });
      assert.equal(second, abandoned);
    });

    it('lets a request that failed for a passing reason be tried again at once, under the same id', async () => {
      const key = randomUUID();
      const ids: string[] = [];
      const failing = run(key, async (id) => {
        ids.push(id);
        throw new ApiProblem('payment-provider-unavailable');
      });
      await assert.rejects(failing, /cannot be opened/);
      await run(key, async (id) => {
        ids.push(id);
        return answer;
      });
      assert.equal(new Set(ids).size, 1);
    });

    it('forgets keys after a day', async () => {
      const key = randomUUID();
      await run(key, async () => answer);
      // A row's age is in its id: make it one of two days ago.
      const old = (Date.now() - 2 * 86_400_000).toString(16).padStart(12, '0');
      const id = `${old.slice(0, 8)}-${old.slice(8)}-7000-8000-${randomUUID().slice(-12)}`;
      await shop.sql.query('update idempotency_keys set id = $2 where key = $1', [key, id]);
      let acted = false;
      await run(key, async () => {
        acted = true;
        return answer;
      });
      assert.equal(acted, true);
    });
  });
});
