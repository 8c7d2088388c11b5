import assert from 'node:assert/strict';
import { simpleParser } from 'mailparser';
import type { MailTransport } from '../../../activities/mail/port.ts';
import { renderMail } from '../../../activities/mail/render.tsx';
import { createSmtpTransport } from '../../../activities/mail/smtp.ts';
import { LANGUAGES } from '../../../schemas/language.ts';
import { BRAND, SAMPLES, ZONE } from '../../unit/mail/samples/samples.ts';
import { collapse } from '../../unit/mail/reading.ts';
import { type Inbox, startInbox } from './inbox.ts';
import { countingGate, outgoing } from './outgoing.ts';

describe('a rendered mail over real SMTP', () => {
  let inbox: Inbox;
  let transport: MailTransport;
  before(async () => {
    inbox = await startInbox();
    transport = createSmtpTransport({ smtpUrl: `smtp://127.0.0.1:${inbox.port}` });
  });
  after(async () => {
    await transport.close();
    await inbox.stop();
  });

  for (const [index, sample] of SAMPLES.entries()) {
    for (const language of LANGUAGES) {
      it(`${sample.name} (${language}) arrives as it was written`, async () => {
        const written = await renderMail({ ...sample, language, zone: ZONE }, BRAND);
        const messageId = `<mail_${index}_${language}@tenure.example>`;
        const from = `"${BRAND.name}" <no-reply@tenure.example>`;
        await transport.send(outgoing({ ...written, messageId, from }), countingGate().open);

        const received = inbox.mails.at(-1);
        assert.ok(received);
        assert.deepEqual([received.from, received.to], ['no-reply@tenure.example', ['kundin@example.org']]);
        const read = await simpleParser(received.raw);
        assert.equal(read.messageId, messageId);
        assert.equal(read.subject, sample.subject[language]);
        assert.equal(read.from?.value[0]?.name, BRAND.name);
        assert.equal(read.text?.trim(), written.text.trim());
        assert.equal(String(read.html).trim(), written.html.trim());
        for (const fact of sample.facts[language])
          assert.ok(collapse(read.text ?? '').includes(collapse(fact)), fact);
        assert.equal(read.headers.get('content-language'), written.language);
        assert.equal(read.headers.get('auto-submitted'), 'auto-generated');
      });
    }
  }

  it('sends nothing when an address or the subject has a line break', async () => {
    const before = inbox.mails.length;
    for (const part of [
      { to: 'a@example.org\r\nBcc: b@example.org' },
      { subject: 'Hi\nBcc: b@example.org' },
    ]) {
      const gate = countingGate();
      await assert.rejects(transport.send(outgoing(part), gate.open), { kind: 'refused' });
      assert.equal(gate.asked, 0);
    }
    assert.equal(inbox.mails.length, before);
  });
});
