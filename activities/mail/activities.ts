/** Sending the mail of one business event, at most once. */
import { v7 as uuidv7 } from 'uuid';
import type { DataSource } from 'typeorm';
import { Mails, type Mail, type MailState } from '../../schemas/db/entities/mail.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeTimeline } from '../../schemas/db/trail.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { MailTemplate } from '../../schemas/mail/templates.ts';
import { beating } from '../temporal.ts';
import type { MailComposer } from './compose.ts';
import type { MailTransport } from './port.ts';

/** Small facts that the workflow knows and the database does not; never secrets. */
export type MailFacts = Record<string, string | number | null>;

/** `in-doubt`: a crash or a broken connection fell between the message's data and its receipt; it is not sent again. */
export type MailOutcome = 'sent' | 'in-doubt' | 'undeliverable';

export interface MailRequest {
  tenantId: string;
  subscriptionId: string;
  /** Business key of the event: one mail per key. */
  key: string;
  template: MailTemplate;
  facts: MailFacts;
}

export interface MailDependencies {
  db: DataSource;
  transport: MailTransport;
  compose: MailComposer;
  /** Domain of the Message-IDs. */
  domain: string;
}

export type MailActivities = ReturnType<typeof createMailActivities>;

export function createMailActivities({ db, transport, compose, domain }: MailDependencies) {
  async function setState(
    tenantId: string,
    id: string,
    state: MailState,
    facts: Partial<Mail> = {},
  ): Promise<void> {
    await withTenant(db, tenantId, (tx) => tx.getRepository(Mails).update({ id }, { ...facts, state }));
  }

  /** The last step before the first byte: from here on a crash leaves the outcome in doubt. */
  async function claim(tenantId: string, id: string): Promise<void> {
    const { affected } = await withTenant(db, tenantId, (tx) =>
      tx.getRepository(Mails).update({ id, state: 'queued' }, { state: 'sending' }),
    );
    if (affected !== 1) {
      throw new TenureFailure('retryable', 'Somebody else is sending this mail.', { reason: 'mail-claimed' });
    }
  }

  async function enqueue(request: MailRequest, recipient: string, language: Mail['language']): Promise<Mail> {
    const { tenantId, subscriptionId, key, template } = request;
    const id = uuidv7();
    const messageId = `<${id}@${domain}>`;
    return withTenant(db, tenantId, async (tx) => {
      const mails = tx.getRepository(Mails);
      const row = {
        id,
        tenantId,
        key,
        subscriptionId,
        template,
        recipient,
        language,
        messageId,
        state: 'queued' as const,
      };
      await mails.createQueryBuilder().insert().values(row).orIgnore().execute();
      return mails.findOneByOrFail({ key });
    });
  }

  async function confirm(request: MailRequest, row: Mail, response: string): Promise<void> {
    const { tenantId, subscriptionId, template } = request;
    await withTenant(db, tenantId, async (tx) => {
      await tx
        .getRepository(Mails)
        .update({ id: row.id }, { state: 'sent', sentAt: new Date(), detail: response });
      if (template === 'staff-attention') return;
      const entry = { tenantId, subscriptionId, kind: 'mail-sent' as const, data: { template } };
      await writeTimeline(tx, { ...entry, dedupeKey: `mail/${row.id}` });
    });
  }

  async function send(request: MailRequest): Promise<MailOutcome> {
    const { tenantId } = request;
    const { recipient, language, ...content } = await compose(request);
    const row = await enqueue(request, recipient, language);
    if (row.state === 'sent') return 'sent';
    if (row.state === 'sending' || row.state === 'in-doubt') {
      await setState(tenantId, row.id, 'in-doubt', {
        detail: 'The sender died before the receipt was recorded.',
      });
      return 'in-doubt';
    }
    try {
      const mail = { ...content, messageId: row.messageId, to: row.recipient, language: row.language };
      const { response } = await transport.send(mail, () => claim(tenantId, row.id));
      await confirm(request, row, response);
      return 'sent';
    } catch (error) {
      if (!(error instanceof TenureFailure) || error.details.reason === 'mail-claimed') throw error;
      if (error.details.reason === 'delivery-in-doubt') {
        await setState(tenantId, row.id, 'in-doubt', { detail: error.message });
        return 'in-doubt';
      }
      // The server said no, so nothing was sent: the next try may start again.
      await setState(tenantId, row.id, 'queued', { detail: error.message });
      throw error;
    }
  }

  return {
    /** Sends the mail of `key` unless that was done; see {@link MailOutcome}. */
    sendMail: (request: MailRequest): Promise<MailOutcome> => beating(() => send(request)),
  };
}
