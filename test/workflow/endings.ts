/** The way to a subscription's end, for the stories about it. */
import type { House } from './house.ts';
import type { Story } from './story.ts';

export const DAY_MS = 86_400_000;

/** Paid for `periodDays` and handed over. */
export async function live(house: House, quantity = 1, periodDays = 30): Promise<Story> {
  const story = await house.order({ quantity });
  await story.billing('paid', new Date((await house.now()) + periodDays * DAY_MS).toISOString());
  await story.reaches('active');
  return story;
}

/** Cancelled: halted, with the data kept. */
export async function inGrace(house: House, quantity = 1): Promise<Story> {
  const story = await live(house, quantity);
  await story.insist('cancel', { when: 'now' });
  await serviceEnded(story);
  return story;
}

/** Waits for the mail about it. */
export function serviceEnded(story: Story): Promise<void> {
  return story.script.until('the customer is told', () => story.mails().includes('cancelled'));
}

/** Whether each server is on, off or absent. */
export function powers({ world }: Story): string[] {
  return world.servers.map(({ power }) => power);
}

/** Why the service ended, as it is noted. */
export function causeOf({ world }: Story): unknown {
  const notes = world.progress.flatMap((progress) => progress.notes);
  return notes.findLast(({ kind }) => kind === 'service-ended')?.data.cause;
}
