import assert from 'node:assert/strict';
import { CheckoutRequest, type ShopPlan } from '../../../schemas/api/shop.ts';
import { ApiProblem } from '../../../web/src/api/problem.ts';
import {
  type OrderForm,
  refusedFields,
  startForm,
  toRequest,
  wrongFields,
} from '../../../web/src/buy/order-form.ts';
import { choicesOf, yearlySavingPercent } from '../../../web/src/shop/offer.ts';

const plan: ShopPlan = {
  key: 'vps',
  version: 3,
  name: { en: 'VPS', de: 'VPS' },
  description: { en: 'x', de: 'x' },
  highlights: [],
  prices: [
    { interval: 'month', currency: 'eur', amountMinor: 900, setupFeeMinor: 500 },
    { interval: 'year', currency: 'eur', amountMinor: 9000, setupFeeMinor: 0 },
  ],
  resources: { vcpus: 1, memoryMb: 1024, diskGb: 25 },
  imageName: { en: 'Ubuntu', de: 'Ubuntu' },
  protocol: 'ssh',
  uptimePercent: 99,
  maxQuantity: 5,
  regions: [
    { key: 'fra', label: { en: 'Frankfurt', de: 'Frankfurt' } },
    { key: 'ams', label: { en: 'Amsterdam', de: 'Amsterdam' } },
  ],
  graceDays: 7,
};
const filled: OrderForm = {
  region: 'ams',
  quantity: 2,
  email: ' ada@example.com ',
  name: ' ',
  promotionCode: '',
};
const monthly = { interval: 'month', currency: 'eur' } as const;

describe('the order form', () => {
  it('starts with what a shared address says, as far as it is sold', () => {
    const form = startForm(plan, new URLSearchParams('region=ams&quantity=3&code=SPRING'));
    assert.deepEqual([form.region, form.quantity, form.promotionCode], ['ams', 3, 'SPRING']);
    const wild = startForm(plan, new URLSearchParams('region=xyz&quantity=99'));
    assert.deepEqual([wild.region, wild.quantity], ['fra', 1]);
  });

  it('becomes a request that the API’s own shape accepts, with the total that was shown', () => {
    const request = toRequest(filled, plan, monthly, 'de');
    assert.deepEqual(CheckoutRequest.parse(request), request);
    assert.equal(request?.expectedTotalMinor, 2 * (900 + 500));
    assert.equal(request?.planVersion, 3);
    assert.ok(request && !('name' in request) && !('promotionCode' in request));
  });

  it('becomes nothing with a billing that is not sold', () => {
    assert.equal(toRequest(filled, plan, { interval: 'month', currency: 'usd' }, 'en'), null);
  });

  it('finds the fields that would be refused', () => {
    assert.deepEqual([...wrongFields(filled, plan)], []);
    const wrong: OrderForm = {
      region: 'xyz',
      quantity: 6,
      email: 'a@b',
      name: 'x'.repeat(201),
      promotionCode: 'ä',
    };
    assert.deepEqual([...wrongFields(wrong, plan)], ['region', 'quantity', 'email', 'name', 'promotionCode']);
    for (const quantity of ['', 0, 1.5]) {
      assert.ok(wrongFields({ ...filled, quantity }, plan).has('quantity'), String(quantity));
    }
  });

  it('finds the fields that the API refused, by the last part of their path', () => {
    const problem = new ApiProblem({
      type: 'about:blank',
      title: 'x',
      status: 422,
      reason: 'invalid-request',
      nextStep: 'x',
      errors: [
        { path: 'body.email', message: 'x' },
        { path: 'body.planVersion', message: 'x' },
      ],
    });
    assert.deepEqual([...refusedFields(problem)], ['email']);
  });
});

describe('what the shop page works out', () => {
  it('what the year saves, never more than it does', () => {
    assert.equal(yearlySavingPercent(plan, 'eur'), 16);
    assert.equal(yearlySavingPercent(plan, 'usd'), 0);
  });

  it('which switches make sense', () => {
    const choices = choicesOf({ shopName: 'x', plans: [plan] });
    assert.deepEqual(choices, { intervals: ['month', 'year'], currencies: ['eur'] });
  });
});
