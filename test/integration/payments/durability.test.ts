import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStripeGateway } from '../../../activities/payments/stripe/gateway.ts';
import { readLedger, type LedgerEntry } from '../../../deploy/sandbox/shared/ledger.ts';
import { cardForm, CARDS, newOrder, persist, submit, until } from './workbench.ts';

const ORDERS = 8;

describe('the stand-in of Stripe that is killed', function () {
  this.timeout(120_000);
  let stateDir: string;
  let port: number;
  let child: ChildProcess | undefined;

  before(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'payments-killed-'));
    port = await freePort();
  });
  after(async () => {
    await kill();
    rmSync(stateDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    const env = {
      ...process.env,
      SANDBOX_APIS: 'stripe',
      SANDBOX_STATE_DIR: stateDir,
      SANDBOX_STRIPE_PORT: String(port),
      STRIPE_SECRET_KEY: 'sk_test_killed',
      LOG_LEVEL: 'silent',
    };
    child = fork('deploy/sandbox/main.ts', [], { env, execArgv: ['--import', 'tsx'] });
    await once(child, 'message');
  }

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  const ledger = (): LedgerEntry[] => {
    const file = join(stateDir, 'stripe', 'ledger.jsonl');
    return existsSync(file) ? readLedger(file) : [];
  };
  const effects = (effect: string, key?: string): number =>
    ledger().filter((entry) => entry.effect === effect && (key === undefined || entry.key === key)).length;
  const killAfter = async (effect: string, times: number): Promise<void> => {
    await until(() => effects(effect) >= times);
    await kill();
    await start();
  };

  it('has lost nothing and done nothing twice when it comes back', async () => {
    await start();
    const gateway = createStripeGateway({
      secretKey: 'sk_test_killed',
      webhookSecrets: [],
      apiBase: `http://127.0.0.1:${port}`,
      automaticTax: false,
      toleranceSeconds: 300,
    });
    const orders = Array.from({ length: ORDERS }, () => newOrder());
    const opening = Promise.all(orders.map((order) => persist(() => gateway.createCheckout(order))));
    await killAfter('checkout.created', 2);
    const checkouts = await opening;

    const paying = Promise.all(checkouts.map(({ url }) => payUntilAnswered(url)));
    await killAfter('charge.succeeded', 3);
    await paying;

    for (const [index, { subscriptionId }] of orders.entries()) {
      const checkoutRef = checkouts[index]?.checkoutRef ?? null;
      const facts = await persist(() =>
        gateway.readBilling({ subscriptionId, checkoutRef, billingRef: null }),
      );
      assert.equal(facts.standing, 'paid');
      assert.equal(facts.paidMinor, 1_500);
      for (const effect of ['checkout.created', 'charge.succeeded', 'subscription.created', 'invoice.paid']) {
        assert.equal(effects(effect, subscriptionId), 1, `${effect} of ${subscriptionId}`);
      }
    }
    assert.equal(effects('customer.created'), ORDERS);
    assert.equal(effects('price.created'), 1);
  });
});

/** Presses "pay" until the page answers; an answer that was lost is followed by "already paid". */
async function payUntilAnswered(url: string): Promise<void> {
  await until(async () => {
    const response = await submit(url, cardForm(CARDS.good)).catch(() => undefined);
    return response?.status === 303;
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
