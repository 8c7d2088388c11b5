import type { Dictionary } from '../dictionary.ts';

export const buy: Dictionary['buy'] = {
  title: '{{plan}} bestellen',
  notSoldTitle: 'Dieser Tarif wird nicht angeboten',
  notSoldText:
    'Vielleicht heißt er jetzt anders oder wurde ersetzt. Server mit diesem Tarif laufen unverändert weiter.',
  serverHeading: 'Ihr Server',
  region: 'Standort',
  quantity: 'Anzahl der Server',
  quantityHint: 'Bis zu {{max}}, alle gleich',
  billing: 'Abrechnung',
  notSoldSo: 'In dieser Kombination gibt es den Tarif nicht. Bitte wählen Sie eine andere.',
  contactHeading: 'Ihre Angaben',
  email: 'E-Mail-Adresse',
  emailHint: 'Hierhin schicken wir die Bestellung und den Link zu den Zugangsdaten.',
  name: 'Name oder Firma (freiwillig)',
  promotionCode: 'Gutscheincode (freiwillig)',
  promotionCodeHint: 'Der Rabatt wird auf der Zahlungsseite abgezogen.',
  wrong: {
    region: 'Bitte wählen Sie einen Standort.',
    quantity: 'Bitte geben Sie eine ganze Zahl von 1 bis {{max}} ein.',
    email: 'Bitte geben Sie eine gültige E-Mail-Adresse ein, etwa name@example.com.',
    name: 'Bitte geben Sie einen Namen mit höchstens 200 Zeichen in einer Zeile ein.',
    promotionCode: 'Dieser Gutscheincode gilt nicht. Bitte prüfen Sie ihn oder lassen Sie das Feld leer.',
  },
  cancelHeading: 'Wenn Sie einmal kündigen',
  cancelText: 'Ihr Server läuft bis zum Ende des bezahlten Zeitraums.',
  cancelGrace_one:
    'Danach bewahren wir Ihre Daten noch einen Tag auf; so lange können Sie die Kündigung zurücknehmen. Erst dann werden sie gelöscht.',
  cancelGrace_other:
    'Danach bewahren wir Ihre Daten noch {{count}} Tage auf; so lange können Sie die Kündigung zurücknehmen. Erst dann werden sie gelöscht.',
  cancelNoGrace: 'Danach werden Ihre Daten sofort gelöscht.',
  line: {
    month_one: '1 Server, monatlich',
    month_other: '{{count}} Server, monatlich',
    year_one: '1 Server, jährlich',
    year_other: '{{count}} Server, jährlich',
  },
  lineSetup_one: 'Einrichtung, einmalig',
  lineSetup_other: 'Einrichtung von {{count}} Servern, einmalig',
  total: 'Jetzt fällig',
  renewal: { month: 'Danach {{amount}} im Monat.', year: 'Danach {{amount}} im Jahr.' },
  vat: 'Nettopreise, gegebenenfalls zuzüglich USt.',
  continue: 'Weiter zur Zahlung',
  paymentHint: 'Sie zahlen auf der Seite unseres Zahlungsdienstes, mit Karte oder SEPA-Lastschrift.',
  priceChangedTitle: 'Der Preis hat sich geändert',
  priceChangedText:
    'Er wurde geändert, nachdem Sie diese Seite geöffnet hatten. Es wurde noch nichts bestellt.',
  planChangedTitle: 'Der Tarif hat sich geändert',
  planChangedText:
    'Seine Bedingungen wurden geändert, nachdem Sie diese Seite geöffnet hatten; der Preis bleibt gleich. Es wurde noch nichts bestellt.',
  before: 'Jetzt fällig, bisher',
  now: 'Jetzt fällig, neu',
  accept: 'Annehmen und weiter zur Zahlung',
  showNewPlan: 'Aktuellen Tarif anzeigen',
};
