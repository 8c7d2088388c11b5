/**
 * What an SMTP error means for us. The server's words are passed on only from before the message was shown to it:
 * a later reply may quote the message, and with it a one-time link.
 */
import type { NodemailerError } from 'nodemailer/lib/errors';
import { TenureFailure } from '../../../schemas/failures.ts';

/** RFC 4954 section 6: log in first, mechanism too weak, wrong credentials, encrypt first. */
const LOGIN_REPLIES = new Set([530, 534, 535, 538]);
/** RFC 3463: "5.1.1" after the reply code. */
const ENHANCED_CODE = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/;
/** Node's names for a certificate that does not hold (tls.TLSSocket `authorizationError`). */
const CERTIFICATE_ERRORS = /CERT|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/;
const LONGEST_QUOTE = 200;

/**
 * @param dataBegun whether the first byte of the message may have left: from then on, only the server's own answer
 * to the message says what became of it.
 */
export function smtpFailure(error: NodemailerError, dataBegun: boolean): TenureFailure {
  const reply = error.responseCode;
  if (dataBegun && (error.code !== 'EMESSAGE' || reply === undefined)) return inDoubt(error);
  if (reply === undefined) return withoutReply(error);
  const login = error.code === 'EAUTH' || LOGIN_REPLIES.has(reply);
  const upstream = dataBegun || login ? replyCodes(error) : replyText(error);
  if (!error.permanent) {
    return new TenureFailure('retryable', `The mail server put the mail off (${upstream}).`, {
      reason: 'mail-server-busy',
      upstream,
    });
  }
  if (login) return loginRefused(upstream);
  if (error.code === 'ETLS') {
    return new TenureFailure('needs-a-human', `The mail server offers no encryption (${upstream}).`, {
      reason: 'mail-server-without-tls',
      nextStep:
        'Use smtps://, or STARTTLS on the server; on a network you trust, add ?tls=when-offered to SMTP_URL.',
      upstream,
    });
  }
  if (error.command === 'RCPT TO') {
    return new TenureFailure('refused', `The mail server refused the recipient (${upstream}).`, {
      reason: 'recipient-refused',
      nextStep: 'Ask the customer for an address that works, then send again.',
      upstream,
    });
  }
  if (error.command === 'DATA') {
    return new TenureFailure('refused', `The mail server refused the message (${upstream}).`, {
      reason: 'message-refused',
      nextStep: 'Look the reply up in the mail server’s log; the message itself was not accepted.',
      upstream,
    });
  }
  return new TenureFailure('needs-a-human', `The mail server takes no mail from us (${upstream}).`, {
    reason: 'sender-refused',
    nextStep: 'Check MAIL_FROM and SMTP_URL, and that this host and sender may use the mail server.',
    upstream,
  });
}

function inDoubt(error: NodemailerError): TenureFailure {
  const upstream = error.originalCode ?? error.code;
  return new TenureFailure(
    'retryable',
    `The connection was lost after the message was begun (${upstream}): the mail may or may not have arrived.`,
    {
      reason: 'delivery-in-doubt',
      nextStep: 'Look for the Message-ID in the mail server’s log before sending again.',
      upstream,
    },
  );
}

/** Connection, name, certificate or login trouble, in which the server said nothing. */
function withoutReply(error: NodemailerError): TenureFailure {
  const upstream = error.originalCode ?? error.code ?? error.name;
  if (error.code === 'EAUTH') return loginRefused(upstream);
  if (CERTIFICATE_ERRORS.test(upstream)) {
    return new TenureFailure('needs-a-human', `The mail server’s certificate is not trusted (${upstream}).`, {
      reason: 'mail-server-untrusted',
      nextStep: 'Give the mail server a valid certificate, or add its authority with NODE_EXTRA_CA_CERTS.',
      upstream,
    });
  }
  if (error.code === 'EMESSAGE' || error.code === 'EENVELOPE') {
    return new TenureFailure(
      'refused',
      'The mail server does not take a message like this (size or address).',
      {
        reason: 'message-refused',
        upstream,
      },
    );
  }
  return new TenureFailure('retryable', `The mail server cannot be reached (${upstream}).`, {
    reason: 'mail-server-unreachable',
    upstream,
  });
}

function loginRefused(upstream: string): TenureFailure {
  return new TenureFailure('needs-a-human', `The mail server refused our login (${upstream}).`, {
    reason: 'mail-login-refused',
    nextStep: 'Check user and password in SMTP_URL.',
    upstream,
  });
}

/** "550 5.1.1": safe to repeat whatever the server wrote after it. */
function replyCodes(error: NodemailerError): string {
  const enhanced = ENHANCED_CODE.exec(error.response ?? '')?.[1];
  return enhanced ? `${error.responseCode} ${enhanced}` : String(error.responseCode);
}

function replyText(error: NodemailerError): string {
  return (error.response ?? String(error.responseCode)).replace(/\s+/g, ' ').slice(0, LONGEST_QUOTE);
}
