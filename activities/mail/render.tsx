/** From a mail's facts to what is sent: subject, HTML and text. */
import { render } from '@react-email/render';
import type { Language } from '../../schemas/language.ts';
import type { MailTemplate, MailToRender } from '../../schemas/mail/templates.ts';
import { cancelled } from './templates/cancelled.tsx';
import { checkoutExpired } from './templates/checkout-expired.tsx';
import { credentialsReminder } from './templates/credentials-reminder.tsx';
import { credentialsRotated } from './templates/credentials-rotated.tsx';
import { deleted } from './templates/deleted.tsx';
import { Layout } from './templates/layout.tsx';
import { type Brand, type Reader, type Template, formatInstant } from './templates/letter.ts';
import { orderReceived } from './templates/order-received.tsx';
import { paymentFailed } from './templates/payment-failed.tsx';
import { plainText } from './templates/plain-text.ts';
import { planChangeFailed } from './templates/plan-change-failed.tsx';
import { planChangeScheduled } from './templates/plan-change-scheduled.tsx';
import { planChanged } from './templates/plan-changed.tsx';
import { provisioningDelayed } from './templates/provisioning-delayed.tsx';
import { provisioningFailed } from './templates/provisioning-failed.tsx';
import { refunded } from './templates/refunded.tsx';
import { resumed } from './templates/resumed.tsx';
import { serverImported } from './templates/server-imported.tsx';
import { serverMissing } from './templates/server-missing.tsx';
import { serverReady } from './templates/server-ready.tsx';
import { serverRebuilt } from './templates/server-rebuilt.tsx';
import { staffAttention } from './templates/staff-attention.tsx';
import { staffFleet } from './templates/staff-fleet.tsx';
import { suspended } from './templates/suspended.tsx';

const TEMPLATES: { [T in MailTemplate]: Template<T> } = {
  'order-received': orderReceived,
  'server-ready': serverReady,
  'credentials-reminder': credentialsReminder,
  'credentials-rotated': credentialsRotated,
  'provisioning-delayed': provisioningDelayed,
  'provisioning-failed': provisioningFailed,
  'payment-failed': paymentFailed,
  suspended,
  resumed,
  cancelled,
  deleted,
  refunded,
  'plan-changed': planChanged,
  'plan-change-scheduled': planChangeScheduled,
  'plan-change-failed': planChangeFailed,
  'checkout-expired': checkoutExpired,
  'server-imported': serverImported,
  'server-missing': serverMissing,
  'server-rebuilt': serverRebuilt,
  'staff-fleet': staffFleet,
  'staff-attention': staffAttention,
};

export interface RenderedMail {
  subject: string;
  html: string;
  text: string;
  /** The language it is written in: the one asked for, but English for staff. */
  language: Language;
}

/**
 * Renders one mail. Same input, same output.
 * @throws TenureFailure `refused`: `bad-link` or `bad-instant` when the contents would give the reader a dead link or a
 * wrong date.
 */
export async function renderMail<T extends MailTemplate>(
  mail: MailToRender<T>,
  brand: Brand,
): Promise<RenderedMail> {
  const language = mail.template.startsWith('staff-') ? 'en' : mail.language;
  const reader: Reader = { language, brand, instant: (iso) => formatInstant(iso, language, mail.zone) };
  const letter = TEMPLATES[mail.template](mail.contents, reader);
  const html = await render(<Layout letter={letter} reader={reader} />);
  return { subject: oneLine(letter.subject), html, text: plainText(html), language };
}

/** A line break in a plan's name must not stop the mail: the transport refuses subjects that have one. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
