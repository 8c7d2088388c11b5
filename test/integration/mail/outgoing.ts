import type { OutgoingMail } from '../../../activities/mail/port.ts';

/** A mail to send; `part` replaces what a test is about. */
export function outgoing(part: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    messageId: '<mail_0197@tenure.example>',
    from: 'Tenure <no-reply@tenure.example>',
    to: 'kundin@example.org',
    subject: 'Ihr Server ist bereit',
    html: '<p>Grüße</p>',
    text: 'Grüße',
    language: 'de',
    ...part,
  };
}

/** A `beforeData` that lets the message go and counts how often it was asked. */
export function countingGate(): { open: () => Promise<void>; readonly asked: number } {
  let asked = 0;
  return {
    open() {
      asked += 1;
      return Promise.resolve();
    },
    get asked() {
      return asked;
    },
  };
}
