/** Sending the mail of one business event, at most once. */
import { v7 as uuidv7 } from 'uuid';
import type { DataSource } from 'typeorm';
import { Mails, type Mail, type MailState } from '../../schemas/db/entities/mail.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeTimeline } from '../../schemas/db/trail.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import type { FleetMailRequest, MailRequest } from '../../schemas/mail/request.ts';
import type { MailTemplate } from '../../schemas/mail/templates.ts';
import { beating } from '../temporal.ts';
import type { ComposedMail, FleetMailComposer, MailComposer } from './compose.ts';
import type { MailTransport } from './port.ts';

/** `in-doubt`: a crash or a broken connection fell between the message's data and its receipt; it is not sent again. */
export type MailOutcome = 'sent' | 'in-doubt' | 'undeliverable';

export interface MailDependencies {
  db: DataSource;
  transport: MailTransport;
  compose: MailComposer;
  composeForFleet: FleetMailComposer;
  /** Domain of the Message-IDs. */
  domain: string;
}

export type MailActivities = ReturnType<typeof createMailActivities>;

/** What a mail is known by, whatever it says. */
interface Envelope {
  tenantId: string;
  key: string;
  template: MailTemplate;
  /** `null` for mails about no subscription. */
  subscriptionId: string | null;
}

export function createMailActivities(deps: MailDependencies) {
  const { db, transport, compose, composeForFleet, domain } = deps;

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

  async function enqueue(envelope: Envelope, recipient: string, language: Mail['language']): Promise<Mail> {
    const { tenantId, subscriptionId, key, template } = envelope;
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
      const known = await mails.findOneByOrFail({ key });
      const isAsKnown = known.recipient === recipient && known.language === language;
      if (known.state !== 'queued' || isAsKnown) return known;
      // Nothing was sent yet, and its reader is to be reached elsewhere by now.
      await mails.update({ id: known.id, state: 'queued' }, { recipient, language });
      return { ...known, recipient, language };
    });
  }

  async function confirm(envelope: Envelope, row: Mail, response: string): Promise<void> {
    const { tenantId, subscriptionId, template } = envelope;
    await withTenant(db, tenantId, async (tx) => {
      await tx
        .getRepository(Mails)
        .update({ id: row.id }, { state: 'sent', sentAt: new Date(), detail: response });
      if (template === 'staff-attention' || subscriptionId === null) return;
      const entry = { tenantId, subscriptionId, kind: 'mail-sent' as const, data: { template } };
      await writeTimeline(tx, { ...entry, dedupeKey: `mail/${row.id}` });
    });
  }

  async function send(envelope: Envelope, composed: ComposedMail): Promise<MailOutcome> {
    const { tenantId } = envelope;
    const { recipient, language, ...content } = composed;
    const row = await enqueue(envelope, recipient, language);
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
      await confirm(envelope, row, response);
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
    sendMail: (request: MailRequest): Promise<MailOutcome> =>
      beating(async () => send(request, await compose(request))),

    /** As {@link sendMail}, to staff and about a provider. */
    sendFleetMail: (request: FleetMailRequest): Promise<MailOutcome> =>
      beating(async () => {
        const { tenantId, key } = request;
        const envelope = { tenantId, key, template: 'staff-fleet' as const, subscriptionId: null };
        return send(envelope, await composeForFleet(request));
      }),
  };
}
