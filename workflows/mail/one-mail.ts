/** `mail/<key>`: a mail that belongs to no story any more, such as about a refund after the end. */
import type { MailOutcome } from '../../activities/mail/activities.ts';
import type { MailRequest } from '../../schemas/mail/request.ts';
import { facts, mail } from '../activities.ts';
import { explain } from '../subscriptions/steps.ts';

/** Sends it; what cannot be delivered for good goes on the record. */
export async function oneMail(request: MailRequest): Promise<MailOutcome> {
  try {
    return await mail.sendMail(request);
  } catch (error) {
    const { tenantId, subscriptionId, key } = request;
    await facts.noteUndeliverable({ tenantId, subscriptionId, key, message: explain(error).message });
    return 'undeliverable';
  }
}
