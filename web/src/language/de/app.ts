import type { Dictionary } from '../dictionary.ts';

export const app: Dictionary['app'] = {
  skip: 'Zum Inhalt springen',
  home: '{{shopName}}: alle Tarife',
  footer: '{{shopName}} · Server, die geprüft sind, bevor Sie sie bekommen',
  allPlans: 'Alle Tarife',
  language: 'Sprache',
  toDark: 'Zu dunklen Farben wechseln',
  toLight: 'Zu hellen Farben wechseln',
  loading: 'Wird geladen',
  tryAgain: 'Noch einmal versuchen',
  reload: 'Seite neu laden',
  toShop: 'Zu den Tarifen',
  back: 'Zurück',
  close: 'Schließen',
  copy: 'Kopieren: {{what}}',
  copied: 'Kopiert',
  notFoundTitle: 'Hier gibt es keine Seite',
  notFoundText:
    'Die Adresse ist vielleicht vertippt oder veraltet. Mit Ihren Bestellungen und Servern ist nichts geschehen.',
  brokenTitle: 'Auf dieser Seite ist ein Fehler aufgetreten',
  brokenText:
    'Der Fehler liegt bei uns; es wurde dadurch nichts bestellt oder geändert. Meist hilft es, die Seite neu zu laden. Ihre Server laufen davon unberührt weiter.',
};

export const errors: Dictionary['errors'] = {
  unreachable: {
    title: 'Keine Verbindung',
    text: 'Der Server hat nicht geantwortet. Bitte prüfen Sie Ihre Internetverbindung und versuchen Sie es noch einmal.',
  },
  unavailable: {
    title: 'Das ist gerade nicht möglich',
    text: 'Der Fehler liegt bei uns. Bitte versuchen Sie es in einigen Minuten noch einmal.',
  },
  unexpected: {
    title: 'Das hat nicht geklappt',
    text: 'Bitte versuchen Sie es noch einmal. Wenn es wieder nicht klappt, melden Sie sich bitte bei uns.',
  },
  'payment-provider-unavailable': {
    title: 'Zahlungen sind gerade nicht möglich',
    text: 'Unser Zahlungsdienst antwortet nicht. Es wurde nichts abgebucht. Bitte versuchen Sie es in einer Minute noch einmal.',
  },
  'payment-details-refused': {
    title: 'Der Zahlungsdienst nimmt diese Angaben nicht an',
    text: 'Bitte prüfen Sie Ihre Angaben, vor allem die E-Mail-Adresse und den Gutscheincode.',
  },
  'plan-unavailable': {
    title: 'An diesem Standort ausverkauft',
    text: 'Bitte wählen Sie einen anderen Standort oder Tarif, oder versuchen Sie es später noch einmal. Es wurde nichts abgebucht.',
  },
  'not-sold-so': {
    title: 'So gibt es den Tarif nicht',
    text: 'Bitte wählen Sie einen anderen Standort, eine andere Abrechnung oder Währung.',
  },
  'unknown-plan': {
    title: 'Diesen Tarif gibt es nicht mehr',
    text: 'Es wurde nichts bestellt. Bitte wählen Sie einen anderen Tarif.',
  },
  'checkout-expired': {
    title: 'Diese Bestellung kann nicht mehr bezahlt werden',
    text: 'Sie ist verfallen. Klicken Sie noch einmal auf den Knopf, um neu zu bestellen.',
  },
  'idempotency-key-in-use': {
    title: 'Ihre Bestellung wird gerade aufgegeben',
    text: 'Bitte warten Sie einige Sekunden und klicken Sie dann noch einmal. Es wird nicht doppelt bestellt.',
  },
  'too-many-requests': {
    title: 'Zu viele Versuche',
    text: 'Bitte warten Sie eine Minute und versuchen Sie es dann noch einmal.',
  },
  'subscription-over': {
    title: 'Diese Bestellung ist abgeschlossen',
    text: 'Sie lässt sich nicht mehr ändern. Sie können gern neu bestellen.',
  },
  'action-not-possible': {
    title: 'Das ist im Moment nicht möglich',
    text: 'Ihre Bestellung hat sich inzwischen geändert. Diese Seite zeigt jetzt den aktuellen Stand.',
  },
};
