import assert from 'node:assert/strict';
import { simpleParser } from 'mailparser';
import { composeMessage } from '../../../activities/mail/smtp/message.ts';
import type { OutgoingMail } from '../../../activities/mail/port.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

const MAIL: OutgoingMail = {
  messageId: '<mail_0197@tenure.example>',
  from: '"Müller, Söhne & Co" <no-reply@tenure.example>',
  to: 'kundin@example.org',
  subject:
    'Ihre Kündigung ist bestätigt: Größe „M“ – für Jürgen Weiß und sehr viele weitere Empfängerinnen 🎉',
  html: '<p>Grüße, ß &amp; €</p>',
  text: `Grüße, ß & €\n.\nFrom here\n${'ä'.repeat(1_200)}`,
  language: 'de',
};

describe('composeMessage', () => {
  it('writes a multipart/alternative message that reads back as it was', async () => {
    const { bytes, envelope } = await composeMessage(MAIL);
    assert.deepEqual(envelope, {
      from: 'no-reply@tenure.example',
      to: ['kundin@example.org'],
      size: bytes.length,
    });

    const read = await simpleParser(bytes);
    assert.equal(read.messageId, MAIL.messageId);
    assert.equal(read.subject, MAIL.subject);
    assert.deepEqual(read.from?.value, [{ name: 'Müller, Söhne & Co', address: 'no-reply@tenure.example' }]);
    assert.equal(read.text?.trim(), MAIL.text);
    assert.equal(String(read.html).trim(), MAIL.html);
    assert.equal(read.headers.get('auto-submitted'), 'auto-generated');
    assert.equal(read.headers.get('x-auto-response-suppress'), 'All');
    assert.equal(read.headers.get('content-language'), 'de');
    assert.ok(read.date instanceof Date && !Number.isNaN(read.date.getTime()));
    assert.match(bytes.toString('latin1'), /^Content-Type: multipart\/alternative;/m);
  });

  it('keeps to what every mail server takes: ASCII, lines of at most 998 octets, text before HTML', async () => {
    const { bytes } = await composeMessage(MAIL);
    const raw = bytes.toString('latin1');
    assert.ok(bytes.every((octet) => octet < 0x80));
    assert.ok(raw.split('\r\n').every((line) => line.length <= 998));
    assert.ok(raw.indexOf('text/plain') < raw.indexOf('text/html'));
  });

  it('writes an international domain in its ASCII form', async () => {
    const { envelope } = await composeMessage({ ...MAIL, to: 'info@grün.example' });
    assert.deepEqual(envelope.to, ['info@xn--grn-ioa.example']);
  });

  const BAD: [string, Partial<OutgoingMail>][] = [
    ['a recipient with a line break', { to: 'a@example.org\r\nBcc: all@example.org' }],
    ['a recipient with a lone CR', { to: 'a@example.org\rRCPT TO:<b@example.org>' }],
    ['a recipient with a lone LF', { to: 'a@example.org\n' }],
    ['a recipient with a line separator', { to: 'a@example.org\u2028b' }],
    ['a recipient with NUL', { to: 'a\u0000@example.org' }],
    ['two recipients', { to: 'a@example.org, b@example.org' }],
    ['a recipient with a name', { to: 'A <a@example.org>' }],
    ['a group', { to: 'all: a@example.org;' }],
    ['no recipient', { to: '' }],
    ['a name instead of an address', { to: 'postmaster' }],
    ['an endless recipient', { to: `${'a'.repeat(250)}@example.org` }],
    ['a sender with a line break', { from: 'Tenure\r\nX-Evil: 1 <no-reply@tenure.example>' }],
    ['two senders', { from: 'a@example.org, b@example.org' }],
    ['no sender', { from: '' }],
    ['a sender without address', { from: 'Tenure' }],
    ['a subject with a line break', { subject: 'Hello\r\nBcc: all@example.org' }],
    ['a subject with a lone LF', { subject: 'Hello\nyou' }],
  ];
  for (const [name, part] of BAD) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(
        composeMessage({ ...MAIL, ...part }),
        (error: unknown) =>
          error instanceof TenureFailure &&
          error.kind === 'refused' &&
          error.details.reason === 'bad-address',
      );
    });
  }

  it('refuses a malformed Message-ID', async () => {
    for (const messageId of ['', 'mail_1@tenure.example', '<a b@c>', '<a@b>\r\nX-Evil: 1', '<a@b><c@d>']) {
      await assert.rejects(
        composeMessage({ ...MAIL, messageId }),
        (error: unknown) => error instanceof TenureFailure && error.details.reason === 'bad-message-id',
        messageId,
      );
    }
  });
});
