/** Tarifwechsel auf der Bestellseite. */
export const planChange = {
  text: 'Brauchen Sie mehr oder weniger?',
  button: 'Tarif wechseln …',
  title: 'Tarif wechseln',
  intro:
    'Daten, Adressen und Zugangsdaten bleiben. Der Wechsel dauert einige Minuten, dabei startet jeder Server neu.',
  choose: 'Neuer Tarif',
  specs_one: '{{count}} CPU, {{memory}} Arbeitsspeicher, {{disk}} GB Festplatte',
  specs_other: '{{count}} CPUs, {{memory}} Arbeitsspeicher, {{disk}} GB Festplatte',
  price: { month: '{{amount}} im Monat', year: '{{amount}} im Jahr' },
  each: 'je {{price}}',
  loading: 'Einen Moment …',
  none: 'Es gibt keinen anderen Tarif, in den Ihr Server wechseln könnte.',
  impossible: {
    'disk-would-shrink':
      'Die Festplatte ist kleiner, und eine Festplatte lässt sich nicht ohne Datenverlust verkleinern.',
    'cannot-resize':
      'Server an diesem Standort lassen sich nicht umstellen. Bitte bestellen Sie neu und ziehen Sie um.',
    'provider-not-offered': 'Dort, wo Ihre Server stehen, gibt es ihn nicht.',
    'too-many': 'Für so viele Server wird er nicht angeboten.',
  },
  meaning: 'Was es kostet',
  dueNow: 'Jetzt fällig',
  dueNowTaxed: '{{amount}}, davon {{tax}} Steuer',
  from: { now: 'Ab dem nächsten Zeitraum', 'period-end': 'Ab dem {{date}}' },
  upText: 'Jetzt fällig ist die Differenz für den Rest des bereits bezahlten Zeitraums.',
  upSameText: 'Der Preis bleibt gleich, deshalb ist jetzt nichts fällig.',
  downText:
    'Bis zum {{date}} bleibt alles so, wie Sie es bezahlt haben. Bis kurz davor können Sie den Wechsel zurücknehmen.',
  confirmNow: 'Jetzt wechseln und {{amount}} zahlen',
  confirmFree: 'Jetzt wechseln',
  confirmLater: 'Wechseln am {{date}}',
  pick: 'Tarif auswählen',
  pendingNow: 'Ihr Tarif wird gerade auf {{plan}} umgestellt. Diese Seite zeigt, wenn es so weit ist.',
  pendingLater: 'Ab dem {{date}} ist Ihr Tarif {{plan}}.',
  keep: 'Beim jetzigen Tarif bleiben',
};
