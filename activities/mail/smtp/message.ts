/** From a mail to the bytes and the envelope that go over the wire (RFC 5322, RFC 2045…2047). */
import addressparser from 'nodemailer/lib/addressparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { TenureFailure } from '../../../schemas/failures.ts';
import type { OutgoingMail } from '../port.ts';

export interface ComposedMessage {
  envelope: { from: string; to: string[]; size: number };
  bytes: Buffer;
}

// A line break in any of them could start a header of the sender's choice.
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const MAILBOX = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/;
const MESSAGE_ID = /^<[^\s@<>]+@[^\s@<>]+>$/;
/** RFC 5321 4.5.3.1.3: a path has at most 256 octets, brackets included. */
const LONGEST_ADDRESS = 254;

/**
 * Checks the mail and writes it as multipart/alternative, text before HTML, UTF-8.
 * @throws TenureFailure `refused`: `bad-address` for an address or a subject that could add headers or recipients,
 * `bad-message-id` for a malformed Message-ID.
 */
export async function composeMessage(mail: OutgoingMail): Promise<ComposedMessage> {
  const sender = parseSender(mail.from);
  if (!isMailbox(mail.to)) throw badAddress('The recipient is not one plain e-mail address.');
  if (CONTROL.test(mail.subject)) throw badAddress('The subject has a line break or control character.');
  if (!MESSAGE_ID.test(mail.messageId) || CONTROL.test(mail.messageId)) {
    throw new TenureFailure('refused', 'The Message-ID is not of the form "<…@domain>".', {
      reason: 'bad-message-id',
    });
  }

  const node = new MailComposer({
    messageId: mail.messageId,
    from: sender,
    // As an object, so that it can never be read as a list.
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: {
      // RFC 3834: no out-of-office replies to a machine; the X- header says the same to Exchange.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'Content-Language': mail.language,
    },
  }).compile();
  const bytes = await node.build();
  // The composer's own envelope has international domains in their ASCII form.
  const { from, to } = node.getEnvelope();
  return { envelope: { from: from || sender.address, to, size: bytes.length }, bytes };
}

function parseSender(from: string): { name: string; address: string } {
  const mailboxes = CONTROL.test(from) ? [] : addressparser(from, { flatten: true });
  const [sender] = mailboxes;
  if (mailboxes.length !== 1 || !sender || !isMailbox(sender.address)) {
    throw badAddress('The sender is not one address such as "Name <name@domain>".');
  }
  return { name: sender.name, address: sender.address };
}

function isMailbox(address: string): boolean {
  return MAILBOX.test(address) && !CONTROL.test(address) && Buffer.byteLength(address) <= LONGEST_ADDRESS;
}

function badAddress(message: string): TenureFailure {
  return new TenureFailure('refused', message, {
    reason: 'bad-address',
    nextStep: 'Correct the address or the subject; nothing was sent.',
  });
}
