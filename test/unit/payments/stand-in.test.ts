import assert from 'node:assert/strict';
import fc from 'fast-check';
import { priceLines, taxPercentOf } from '../../../deploy/sandbox/stripe/money/amounts.ts';
import { readCard, readIban } from '../../../deploy/sandbox/stripe/money/instruments.ts';
import { periodEnd } from '../../../deploy/sandbox/stripe/money/periods.ts';
import { html } from '../../../deploy/sandbox/stripe/page/html.ts';
import { signatureHeader } from '../../../deploy/sandbox/stripe/webhooks/signature.ts';
import { ApiError } from '../../../deploy/sandbox/stripe/wire/errors.ts';
import { decodeForm } from '../../../deploy/sandbox/stripe/wire/form.ts';

describe('sums of the payment stand-in', () => {
  const amounts = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 8 });
  const reduction = fc.oneof(
    fc.constant(null),
    fc.record({ percentOff: fc.double({ min: 0.01, max: 100, noNaN: true }) }),
    fc.record({ amountOff: fc.integer({ min: 1, max: 2_000_000 }) }),
  );

  it('add up, stay whole, and never take more off a line than it costs', () => {
    fc.assert(
      fc.property(amounts, reduction, fc.constantFrom(0, 8.1, 19, 20), (subtotals, off, percent) => {
        const priced = priceLines(subtotals, off, percent);
        const sum = (pick: (line: (typeof priced.lines)[number]) => number): number =>
          priced.lines.reduce((all, line) => all + pick(line), 0);
        assert.equal(
          sum((line) => line.total),
          priced.total,
        );
        assert.equal(
          sum((line) => line.discount),
          priced.discount,
        );
        assert.ok(priced.lines.every((line) => line.discount >= 0 && line.discount <= line.subtotal));
        assert.ok(priced.lines.every((line) => Number.isInteger(line.total) && line.total >= 0));
      }),
    );
  });

  it('know whose tax is due', () => {
    assert.equal(taxPercentOf(true, 'DE', 'none'), 19);
    assert.equal(taxPercentOf(true, 'AT', 'reverse'), 0);
    assert.equal(taxPercentOf(true, 'US', 'none'), 0);
    assert.equal(taxPercentOf(false, 'DE', 'none'), 0);
  });

  it('come monthly on the day of the first payment, also after February', () => {
    const unix = (text: string): number => Date.parse(text) / 1_000;
    const monthly = {
      recurring: { interval: 'month', interval_count: 1, meter: null, usage_type: 'licensed' },
    } as const;
    const anchor = unix('2027-01-31T10:00:00Z');
    const february = periodEnd(anchor, anchor, monthly);
    assert.equal(february, unix('2027-02-28T10:00:00Z'));
    assert.equal(periodEnd(anchor, february, monthly), unix('2027-03-31T10:00:00Z'));
  });
});

describe('what is typed on the payment page', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const card = { number: '4242 4242 4242 4242', expiry: '11/26', cvc: '123', name: 'E' };

  it('is a card until the end of its month', () => {
    assert.ok(!Array.isArray(readCard(card, now)));
    assert.deepEqual(readCard({ ...card, expiry: '10/26' }, now), ['expiry-past']);
    assert.deepEqual(readCard({ ...card, expiry: '13/30' }, now), ['expiry-invalid']);
  });

  it('is told what is wrong with it, field by field', () => {
    assert.deepEqual(readCard({ number: '1', expiry: '', cvc: '', name: ' ' }, now), [
      'number-invalid',
      'expiry-invalid',
      'cvc-invalid',
      'name-missing',
    ]);
    assert.deepEqual(readCard({ ...card, number: '4012888888881881' }, now), ['number-not-a-test-card']);
  });

  it('is an IBAN if its checksum is right and it is a test account', () => {
    assert.ok(!Array.isArray(readIban({ iban: 'de89 3704 0044 0532 0130 00', name: 'E' })));
    assert.deepEqual(readIban({ iban: 'DE89370400440532013001', name: 'E' }), ['iban-invalid']);
    assert.deepEqual(readIban({ iban: 'GB82WEST12345698765432', name: 'E' }), ['iban-not-a-test-account']);
  });

  it('is escaped on the page', () => {
    assert.equal(html`<b>${'<script>"&\''}</b>`.text, '<b>&lt;script&gt;&quot;&amp;&#39;</b>');
    assert.equal(html`${[html`<i></i>`, null, false, 1]}`.text, '<i></i>1');
  });
});

describe('the wire of the payment stand-in', () => {
  const plain = (text: string): unknown => JSON.parse(JSON.stringify(decodeForm(text)));

  it('reads bracketed forms', () => {
    assert.deepEqual(plain('a=1&b[c]=2&d[0][e]=3&d[1][e]=4&f[]=5&f[]=6&metadata[0]=7&g=%26+'), {
      a: '1',
      b: { c: '2' },
      d: [{ e: '3' }, { e: '4' }],
      f: ['5', '6'],
      metadata: { 0: '7' },
      g: '& ',
    });
  });

  it('refuses forms that contradict themselves', () => {
    for (const text of ['a=1&a[b]=2', 'a[b]=1&a=2', 'a[b=1', '[a]=1', `a${'[b]'.repeat(20)}=1`]) {
      assert.throws(() => decodeForm(text), ApiError, text);
    }
  });

  it('never reaches into prototypes', () => {
    decodeForm('__proto__[polluted]=1&constructor[prototype][polluted]=1&a[__proto__][polluted]=1');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('signs with every active secret', () => {
    const header = signatureHeader('{}', ['one', 'two'], 1_700_000_000);
    assert.match(header, /^t=1700000000,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
  });
});
