import { EntitySchema } from 'typeorm';
import type { Language } from '../../language.ts';
import type { MailTemplate } from '../../mail/templates.ts';
import { id, instant, named, optional, tenantId, text, uuid } from './columns.ts';

/** `sending`: the message’s data was begun; a crash in this state leaves the outcome in doubt. */
export type MailState = 'queued' | 'sending' | 'sent' | 'in-doubt' | 'failed';

/** A mail by its business key: at most one per event. */
export interface Mail {
  id: string;
  tenantId: string;
  key: string;
  subscriptionId: string | null;
  template: MailTemplate;
  recipient: string;
  language: Language;
  state: MailState;
  messageId: string;
  detail: string | null;
  createdAt: Date;
  sentAt: Date | null;
}

export const Mails = new EntitySchema<Mail>({
  name: 'Mail',
  tableName: 'mails',
  columns: {
    id,
    tenantId,
    key: text,
    subscriptionId: optional('subscription_id', uuid),
    template: text,
    recipient: text,
    language: text,
    state: text,
    messageId: named('message_id', text),
    detail: optional('detail', text),
    createdAt: named('created_at', instant),
    sentAt: optional('sent_at', instant),
  },
});
