/** What all sample mails are made of. */
import type { Language } from '../../../../schemas/language.ts';
import type { MailContents, MailTemplate } from '../../../../schemas/mail/templates.ts';

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

export const ORDER = 'https://shop.example/orders/sub_0197?token=a-b_c&lang=x';
export const REVEAL = ['https://shop.example/c/first-one', 'https://shop.example/c/second-one'] as const;
export const PLAN = 'Größe "M" <b>&amp; mehr</b>';
// Winter and summer: one hour and two hours ahead of UTC.
export const WINTER = '2026-03-16T13:30:00.000Z';
export const SUMMER = '2026-07-01T22:05:00.000Z';
export const WRITTEN = {
  winter: { en: '16 March 2026, 14:30 (CET)', de: '16. März 2026, 14:30 Uhr (MEZ)' },
  summer: { en: '2 July 2026, 00:05 (CEST)', de: '2. Juli 2026, 00:05 Uhr (MESZ)' },
};
/** Plan and both dates, as the language writes them. */
export const dated = (language: Language): string[] => [
  PLAN,
  WRITTEN.winter[language],
  WRITTEN.summer[language],
];

export const SSH_SERVER: MailContents['server-ready']['servers'][number] = {
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

export function sample<T extends MailTemplate>(one: Sample<T>): Sample {
  return one;
}

/** The same in both languages. */
export const both = <Value>(value: Value): Record<Language, Value> => ({ en: value, de: value });
