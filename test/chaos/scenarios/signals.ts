/** F14: thousands of signals to one subscription, over continue-as-new and a worker's death. */
import { subscriptionWorkflowId } from '../../../schemas/ids.ts';
import { startTenure } from '../../harness/tenure.ts';
import { judge, untilQuiet } from '../invariants.ts';
import { ask, cancelNow, patiently, purchases, untilAll } from '../market.ts';
import { openVerdict, type Verdict } from '../verdict.ts';

const SENDERS = 20;

/** @param count of signals; the worker is killed when half of them are sent. */
export async function signalFlood(count: number): Promise<Verdict> {
  const verdict = openVerdict('F14', `${count} signals to one subscription`);
  const tenure = await startTenure({ name: 'signal-flood' });
  const orders = await purchases(tenure, 2);
  await untilAll(tenure, orders, 'active');
  await untilQuiet(tenure, orders);
  const [order] = orders;
  if (!order) throw new Error('Nothing was bought.');
  const handle = tenure.temporal.workflow.getHandle(subscriptionWorkflowId(order.id));
  const before = await handle.query<number>('messages-seen');
  const firstRun = (await handle.describe()).runId;

  let sent = 0;
  const send = async (): Promise<void> => {
    while (sent < count) {
      sent += 1;
      const isHalf = sent === Math.ceil(count / 2);
      // An old version: it is heard and changes nothing.
      const change = { standing: 'paid', version: 0, periodEnd: null, eventId: 'flood' };
      await patiently('a signal is taken', async () => {
        await handle.signal('billing-changed', change);
        return true;
      });
      if (isHalf) await tenure.killWorker().then(tenure.startWorker);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));

  const seen = await patiently('all signals are heard', async () => {
    const heard = await handle.query<number>('messages-seen');
    return heard >= before + count ? heard : undefined;
  });
  verdict.never(
    'a signal lost or heard twice',
    seen === before + count,
    () => `${seen - before} of ${count}`,
  );
  verdict.figure('signals', count);
  verdict.figure('continued as new', (await handle.describe()).runId === firstRun ? 'no' : 'yes');
  await ask(tenure, order, 'cancel', cancelNow);
  await untilAll(tenure, [order], 'torn-down');
  await untilQuiet(tenure, orders);
  await judge(verdict, tenure, orders);
  await tenure.killWorker();
  return verdict.close();
}
