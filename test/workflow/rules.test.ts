import assert from 'node:assert/strict';
import type { SubscriptionUpdate } from '../../api/temporal/messenger.ts';
import { sharedHouse } from './grounds.ts';
import type { House } from './house.ts';
import { fails } from './script.ts';
import type { Story } from './story.ts';

type Question = SubscriptionUpdate | 'cancel now' | 'cancel at period end';

/** What is refused where, and why. What is not named here is possible and has tests of its own. */
const REFUSALS: Record<string, Partial<Record<Question, string>>> = {
  'before the payment': {
    suspend: 'not-running',
    resume: 'nothing-to-resume',
    'cancel at period end': 'nothing-to-await',
    retry: 'nothing-to-retry',
    refund: 'no-refund-offered',
    'rotate-credentials': 'not-running',
  },
  'while the servers are made': {
    suspend: 'not-running',
    resume: 'nothing-to-resume',
    retry: 'nothing-to-retry',
    refund: 'no-refund-offered',
    'rotate-credentials': 'not-running',
  },
  'after the making failed': {
    suspend: 'not-running',
    resume: 'nothing-to-resume',
    'cancel at period end': 'nothing-to-await',
    'rotate-credentials': 'not-running',
  },
  'while it runs': {
    resume: 'nothing-to-resume',
    retry: 'nothing-to-retry',
    refund: 'no-refund-offered',
  },
  'while it runs to its end': {
    'cancel at period end': 'already-cancelled',
    retry: 'nothing-to-retry',
    refund: 'no-refund-offered',
  },
  'while a payment is missing': {
    resume: 'nothing-to-resume',
    retry: 'nothing-to-retry',
    refund: 'no-refund-offered',
  },
  'while it is suspended by staff': {
    suspend: 'already-suspended',
    retry: 'nothing-to-retry',
    refund: 'no-refund-offered',
    'rotate-credentials': 'not-running',
  },
  'while it is suspended for want of payment': {
    retry: 'nothing-to-retry',
    refund: 'no-refund-offered',
    'rotate-credentials': 'not-running',
  },
  'in the grace period': {
    suspend: 'not-running',
    'cancel now': 'already-cancelled',
    'cancel at period end': 'already-cancelled',
    retry: 'nothing-to-retry',
    refund: 'no-refund-offered',
    'rotate-credentials': 'not-running',
  },
  'once its data is being deleted': {
    suspend: 'not-running',
    resume: 'being-deleted',
    'cancel now': 'already-cancelled',
    'cancel at period end': 'already-cancelled',
    refund: 'no-refund-offered',
    'rotate-credentials': 'not-running',
  },
};

describe('what cannot be asked for', () => {
  let house: House;
  before(async function () {
    house = await sharedHouse(this);
  });
  afterEach(function () {
    return house.tidy(this.currentTest, { keep: false });
  });

  const live = async (): Promise<Story> => {
    const story = await house.order();
    await story.goesLive();
    return story;
  };
  const overdue = async (): Promise<Story> => {
    const story = await live();
    await story.billing('past-due');
    await story.script.until('the customer is asked', () => story.mails().includes('payment-failed'));
    return story;
  };
  const told = (story: Story, mail: string): Promise<void> =>
    story.script.until(mail, () => story.mails().includes(mail));
  const inGrace = async (): Promise<Story> => {
    const story = await live();
    await story.insist('cancel', { when: 'now' });
    await told(story, 'cancelled');
    return story;
  };

  const SITUATIONS: Record<string, () => Promise<Story>> = {
    'before the payment': () => house.order(),
    async 'while the servers are made'() {
      const story = await house.order();
      const held = story.script.hold('awaitReady');
      await story.billing('paid');
      await held.arrived;
      await told(story, 'order-received');
      return story;
    },
    async 'after the making failed'() {
      const story = await house.order();
      story.script.plan('createInstance', fails('refused'));
      await story.billing('paid');
      await told(story, 'provisioning-failed');
      return story;
    },
    'while it runs': live,
    async 'while it runs to its end'() {
      const story = await live();
      await story.insist('cancel', { when: 'period-end' });
      await story.script.until('it is noted', () => story.notes().includes('cancel-requested'));
      return story;
    },
    'while a payment is missing': overdue,
    async 'while it is suspended by staff'() {
      const story = await live();
      await story.insist('suspend');
      await told(story, 'suspended');
      return story;
    },
    async 'while it is suspended for want of payment'() {
      const story = await overdue();
      await story.pass('8 days');
      await told(story, 'suspended');
      return story;
    },
    'in the grace period': inGrace,
    async 'once its data is being deleted'() {
      const story = await inGrace();
      story.script.plan('deleteInstance', fails('needs-a-human', 'locked'));
      await story.pass('8 days');
      await told(story, 'staff-attention');
      return story;
    },
  };

  for (const [situation, refusals] of Object.entries(REFUSALS)) {
    it(`${situation}: ${Object.keys(refusals).join(', ')}; each is refused with a reason and changes nothing`, async () => {
      const story = await SITUATIONS[situation]?.();
      assert.ok(story);
      const before = [await story.status(), story.script.calls.length];
      for (const [question, reason] of Object.entries(refusals)) {
        const answer = await put(story, question as Question);
        assert.equal(answer.outcome, 'rejected', question);
        assert.equal(answer.outcome === 'rejected' && answer.reason, reason, question);
        assert.ok(
          answer.outcome === 'rejected' && answer.message.endsWith('.') && answer.nextStep.endsWith('.'),
        );
      }
      assert.deepEqual([await story.status(), story.script.calls.length], before);
    });
  }
});

function put(story: Story, question: Question): ReturnType<Story['ask']> {
  if (question === 'cancel now') return story.ask('cancel', { when: 'now' });
  if (question === 'cancel at period end') return story.ask('cancel', { when: 'period-end' });
  return story.ask(question);
}
