import type { LocalizedText } from '../../schemas/language.ts';
import type { AttentionReason } from '../../schemas/subscriptions/lifecycle.ts';

/** What the customer reads when a person is needed; staff read the attention's own message. */
export const ATTENTION_TEXTS: Record<AttentionReason, LocalizedText> = {
  'provisioning-failed': {
    en: 'We could not set up your server. Nothing is running, and our team has been told. You can try again or take your money back.',
    de: 'Wir konnten Ihren Server nicht einrichten. Es läuft nichts, und unser Team ist informiert. Sie können es erneut versuchen oder Ihr Geld zurückbekommen.',
  },
  'compensation-failed': {
    en: 'Setting up your server failed and cleaning up takes longer than it should. Our team has been told and takes care of it.',
    de: 'Die Einrichtung Ihres Servers ist fehlgeschlagen, und das Aufräumen dauert länger als geplant. Unser Team ist informiert und kümmert sich darum.',
  },
  'suspend-failed': {
    en: 'Your server could not be stopped as it should have been. Our team has been told and takes care of it.',
    de: 'Ihr Server konnte nicht wie vorgesehen angehalten werden. Unser Team ist informiert und kümmert sich darum.',
  },
  'resume-failed': {
    en: 'Your server could not be started again. Our team has been told; your data is safe.',
    de: 'Ihr Server konnte nicht wieder gestartet werden. Unser Team ist informiert; Ihre Daten sind sicher.',
  },
  'teardown-failed': {
    en: 'Your server could not be deleted yet. Our team has been told; you are not charged for it any more.',
    de: 'Ihr Server konnte noch nicht gelöscht werden. Unser Team ist informiert; Ihnen wird dafür nichts mehr berechnet.',
  },
  'billing-failed': {
    en: 'Something is not right with the payment of this order. Our team has been told and will write to you.',
    de: 'Mit der Zahlung dieser Bestellung stimmt etwas nicht. Unser Team ist informiert und wird Ihnen schreiben.',
  },
  'rotation-failed': {
    en: 'New credentials could not be set on your server; the old ones still work. Our team has been told.',
    de: 'Auf Ihrem Server konnten keine neuen Zugangsdaten gesetzt werden; die alten gelten weiter. Unser Team ist informiert.',
  },
  'mail-failed': {
    en: 'We could not deliver a mail to you. Please look at this page for news, and check your address with us.',
    de: 'Wir konnten Ihnen eine E-Mail nicht zustellen. Bitte sehen Sie auf dieser Seite nach und prüfen Sie mit uns Ihre Adresse.',
  },
  'plan-change-failed': {
    en: 'Your change of plan did not work, and putting everything back takes longer than it should. Your server runs; our team has been told and takes care of it.',
    de: 'Ihr Tarifwechsel hat nicht geklappt, und alles zurückzusetzen dauert länger als geplant. Ihr Server läuft; unser Team ist informiert und kümmert sich darum.',
  },
  'instance-missing': {
    en: 'A server of yours is gone at our data centre. Our team has been told and looks for it and its data. If you try again now, it is set up anew, empty, with new credentials.',
    de: 'Ein Server von Ihnen ist in unserem Rechenzentrum nicht mehr vorhanden. Unser Team ist informiert und sucht ihn und seine Daten. Wenn Sie es jetzt erneut versuchen, wird er neu und leer eingerichtet, mit neuen Zugangsdaten.',
  },
};
