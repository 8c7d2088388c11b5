/** One mail per template and variant, with what its reader must find in it. */
import type { Language } from '../../../schemas/language.ts';
import type { MailContents, MailTemplate } from '../../../schemas/mail/templates.ts';

export const BRAND = {
  name: 'Wölkchen & Söhne',
  url: 'https://shop.example/',
  supportEmail: 'hilfe@shop.example',
};
export const ZONE = 'Europe/Berlin';

export interface Sample<T extends MailTemplate = MailTemplate> {
  name: string;
  template: T;
  contents: MailContents[T];
  /** To be found in the subject. */
  subject: Record<Language, string>;
  /** To be found in the HTML and in the text. */
  facts: Record<Language, string[]>;
  /** Exact targets of links, in the HTML and in the text. */
  links: string[];
}

const ORDER = 'https://shop.example/orders/sub_0197?token=a-b_c&lang=x';
const REVEAL = ['https://shop.example/c/first-one', 'https://shop.example/c/second-one'] as const;
const PLAN = 'Größe "M" <b>&amp; mehr</b>';
// Winter and summer: one hour and two hours ahead of UTC.
const WINTER = '2026-03-16T13:30:00.000Z';
const SUMMER = '2026-07-01T22:05:00.000Z';
const WRITTEN = {
  winter: { en: '16 March 2026, 14:30 (CET)', de: '16. März 2026, 14:30 Uhr (MEZ)' },
  summer: { en: '2 July 2026, 00:05 (CEST)', de: '2. Juli 2026, 00:05 Uhr (MESZ)' },
};
/** Plan and both dates, as the language writes them. */
const dated = (language: Language): string[] => [PLAN, WRITTEN.winter[language], WRITTEN.summer[language]];

const SSH_SERVER: MailContents['server-ready']['servers'][number] = {
  hostname: 'web-1.shop.example',
  address: '203.0.113.7',
  port: 22,
  protocol: 'ssh',
  username: 'root',
  credentialsUrl: REVEAL[0],
  credentialsExpireAt: WINTER,
  password: null,
  hostKeyFingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLDA9l5Gn4Z0v1p9bY',
};

function sample<T extends MailTemplate>(one: Sample<T>): Sample {
  return one;
}

/** The same in both languages. */
const both = <Value>(value: Value): Record<Language, Value> => ({ en: value, de: value });

export const SAMPLES: Sample[] = [
  sample({
    name: 'order received, one',
    template: 'order-received',
    contents: { planName: PLAN, quantity: 1, orderUrl: ORDER },
    subject: { en: `We have received your order: ${PLAN}`, de: `Ihre Bestellung ist eingegangen: ${PLAN}` },
    facts: both([PLAN]),
    links: [ORDER],
  }),
  sample({
    name: 'order received, three',
    template: 'order-received',
    contents: { planName: PLAN, quantity: 3, orderUrl: ORDER },
    subject: { en: `We have received your order: ${PLAN}`, de: `Ihre Bestellung ist eingegangen: ${PLAN}` },
    facts: { en: [PLAN, 'your 3 servers'], de: [PLAN, 'Ihre 3 Server'] },
    links: [ORDER],
  }),
  sample({
    name: 'server ready, SSH with a link',
    template: 'server-ready',
    contents: { planName: PLAN, orderUrl: ORDER, servers: [SSH_SERVER] },
    subject: { en: `Your server is ready: ${PLAN}`, de: `Ihr Server ist bereit: ${PLAN}` },
    facts: {
      en: [
        'web-1.shop.example',
        'ssh root@203.0.113.7',
        SSH_SERVER.hostKeyFingerprint ?? '',
        `only once, until ${WRITTEN.winter.en}.`,
      ],
      de: [
        'web-1.shop.example',
        'ssh root@203.0.113.7',
        SSH_SERVER.hostKeyFingerprint ?? '',
        `nur einmal, bis ${WRITTEN.winter.de}.`,
      ],
    },
    links: [REVEAL[0], ORDER],
  }),
  sample({
    name: 'server ready, two servers, one Windows with its password, one SSH on another port',
    template: 'server-ready',
    contents: {
      planName: PLAN,
      orderUrl: ORDER,
      servers: [
        {
          hostname: 'desk-1',
          address: '2001:db8::7',
          port: 3389,
          protocol: 'rdp',
          username: 'Administrator',
          credentialsUrl: null,
          credentialsExpireAt: null,
          password: 'Ge<he&im>"ß{{x}}',
          hostKeyFingerprint: null,
        },
        { ...SSH_SERVER, port: 2222, credentialsUrl: REVEAL[1], credentialsExpireAt: null },
      ],
    },
    subject: { en: `Your 2 servers are ready: ${PLAN}`, de: `Ihre 2 Server sind bereit: ${PLAN}` },
    facts: {
      en: [
        '[2001:db8::7]:3389',
        'Administrator',
        'Ge<he&im>"ß{{x}}',
        'ssh -p 2222 root@203.0.113.7',
        'only once.',
      ],
      de: [
        '[2001:db8::7]:3389',
        'Administrator',
        'Ge<he&im>"ß{{x}}',
        'ssh -p 2222 root@203.0.113.7',
        'nur einmal.',
      ],
    },
    links: [REVEAL[1], ORDER],
  }),
  sample({
    name: 'server ready, nothing to reveal',
    template: 'server-ready',
    contents: {
      planName: PLAN,
      orderUrl: ORDER,
      servers: [{ ...SSH_SERVER, credentialsUrl: null, credentialsExpireAt: null, hostKeyFingerprint: null }],
    },
    subject: { en: `Your server is ready: ${PLAN}`, de: `Ihr Server ist bereit: ${PLAN}` },
    facts: both(['203.0.113.7']),
    links: [ORDER],
  }),
  sample({
    name: 'credentials reminder',
    template: 'credentials-reminder',
    contents: { planName: PLAN, orderUrl: ORDER, credentialsUrls: [...REVEAL] },
    subject: {
      en: `Your credentials are waiting for you: ${PLAN}`,
      de: `Ihre Zugangsdaten liegen bereit: ${PLAN}`,
    },
    facts: { en: [PLAN, 'of server 2'], de: [PLAN, 'von Server 2'] },
    links: [...REVEAL, ORDER],
  }),
  sample({
    name: 'credentials rotated',
    template: 'credentials-rotated',
    contents: { planName: PLAN, orderUrl: ORDER, credentialsUrls: [REVEAL[0]], credentialsExpireAt: SUMMER },
    subject: { en: `Your new credentials: ${PLAN}`, de: `Ihre neuen Zugangsdaten: ${PLAN}` },
    facts: {
      en: [PLAN, `until ${WRITTEN.summer.en}`, BRAND.supportEmail],
      de: [PLAN, `bis ${WRITTEN.summer.de}`, BRAND.supportEmail],
    },
    links: [REVEAL[0], ORDER],
  }),
  sample({
    name: 'provisioning delayed',
    template: 'provisioning-delayed',
    contents: { planName: PLAN, orderUrl: ORDER },
    subject: {
      en: `Your server needs a little longer: ${PLAN}`,
      de: `Ihr Server braucht noch etwas Zeit: ${PLAN}`,
    },
    facts: both([PLAN]),
    links: [ORDER],
  }),
  sample({
    name: 'provisioning failed',
    template: 'provisioning-failed',
    contents: { planName: PLAN, orderUrl: ORDER },
    subject: {
      en: `We could not set up your server: ${PLAN}`,
      de: `Wir konnten Ihren Server nicht einrichten: ${PLAN}`,
    },
    facts: both([PLAN, BRAND.supportEmail]),
    links: [ORDER],
  }),
  sample({
    name: 'payment failed',
    template: 'payment-failed',
    contents: { planName: PLAN, orderUrl: ORDER, suspendAt: WINTER },
    subject: {
      en: `Action needed: your payment has failed (${PLAN})`,
      de: `Bitte handeln: Ihre Zahlung ist fehlgeschlagen (${PLAN})`,
    },
    facts: { en: [PLAN, WRITTEN.winter.en], de: [PLAN, WRITTEN.winter.de] },
    links: [ORDER],
  }),
  sample({
    name: 'suspended for payment',
    template: 'suspended',
    contents: { planName: PLAN, orderUrl: ORDER, reason: 'payment', deleteAt: SUMMER },
    subject: { en: `Your server is suspended: ${PLAN}`, de: `Ihr Server ist gesperrt: ${PLAN}` },
    facts: {
      en: [PLAN, `pay before ${WRITTEN.summer.en}`],
      de: [PLAN, `zahlen Sie vor dem ${WRITTEN.summer.de}`],
    },
    links: [ORDER],
  }),
  sample({
    name: 'suspended by staff, for no set time',
    template: 'suspended',
    contents: { planName: PLAN, orderUrl: ORDER, reason: 'staff', deleteAt: null },
    subject: { en: `Your server is suspended: ${PLAN}`, de: `Ihr Server ist gesperrt: ${PLAN}` },
    facts: { en: ['Our staff', BRAND.supportEmail], de: ['Unser Team', BRAND.supportEmail] },
    links: [ORDER],
  }),
  sample({
    name: 'resumed',
    template: 'resumed',
    contents: { planName: PLAN, orderUrl: ORDER },
    subject: { en: `Your server is running again: ${PLAN}`, de: `Ihr Server läuft wieder: ${PLAN}` },
    facts: both([PLAN]),
    links: [ORDER],
  }),
  sample({
    name: 'cancelled',
    template: 'cancelled',
    contents: { planName: PLAN, orderUrl: ORDER, serviceEndsAt: WINTER, deleteAt: SUMMER, unpaid: false },
    subject: { en: `Your cancellation is confirmed: ${PLAN}`, de: `Ihre Kündigung ist bestätigt: ${PLAN}` },
    facts: { en: dated('en'), de: dated('de') },
    links: [ORDER],
  }),
  sample({
    name: 'ended for want of payment',
    template: 'cancelled',
    contents: { planName: PLAN, orderUrl: ORDER, serviceEndsAt: WINTER, deleteAt: SUMMER, unpaid: true },
    subject: { en: `Your service has ended: ${PLAN}`, de: `Ihr Dienst ist beendet: ${PLAN}` },
    facts: { en: dated('en'), de: dated('de') },
    links: [ORDER],
  }),
  sample({
    name: 'deleted, last snapshot kept',
    template: 'deleted',
    contents: { planName: PLAN, snapshotKeptUntil: SUMMER },
    subject: { en: `Your server has been deleted: ${PLAN}`, de: `Ihr Server wurde gelöscht: ${PLAN}` },
    facts: {
      en: [PLAN, `(final snapshot) until ${WRITTEN.summer.en}`],
      de: [PLAN, `(Schlussabbild) bewahren wir bis zum ${WRITTEN.summer.de}`],
    },
    links: [],
  }),
  sample({
    name: 'deleted, no snapshot',
    template: 'deleted',
    contents: { planName: PLAN, snapshotKeptUntil: null },
    subject: { en: `Your server has been deleted: ${PLAN}`, de: `Ihr Server wurde gelöscht: ${PLAN}` },
    facts: { en: [PLAN, 'no backup'], de: [PLAN, 'Eine Sicherung gibt es nicht'] },
    links: [],
  }),
  sample({
    name: 'refunded',
    template: 'refunded',
    contents: { planName: PLAN, amountMinor: 1_204_05, currency: 'eur' },
    subject: {
      en: `We have refunded your payment: ${PLAN}`,
      de: `Wir haben Ihre Zahlung erstattet: ${PLAN}`,
    },
    facts: { en: [PLAN, '€1,204.05'], de: [PLAN, '1.204,05 €'] },
    links: [],
  }),
  sample({
    name: 'checkout expired',
    template: 'checkout-expired',
    contents: { planName: PLAN, shopUrl: 'https://shop.example/shop' },
    subject: {
      en: `Your order was not completed: ${PLAN}`,
      de: `Ihre Bestellung wurde nicht abgeschlossen: ${PLAN}`,
    },
    facts: both([PLAN]),
    links: ['https://shop.example/shop'],
  }),
  sample({
    name: 'staff attention',
    template: 'staff-attention',
    contents: {
      planName: PLAN,
      subscriptionId: 'sub_0197',
      reason: 'provisioning-failed',
      message: 'The region <fra> is sold out & no other was allowed.',
      temporalUrl: 'http://127.0.0.1:8233/namespaces/default/workflows/subscription%2Fsub_0197',
      options: ['retry', 'refund'],
    },
    subject: both(`Needs attention: provisioning-failed (${PLAN}, sub_0197)`),
    facts: both([
      'The region <fra> is sold out & no other was allowed.',
      'provisioning-failed',
      'retry, refund',
    ]),
    links: ['http://127.0.0.1:8233/namespaces/default/workflows/subscription%2Fsub_0197'],
  }),
];
