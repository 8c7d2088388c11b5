import type { order as english } from '../en/order.ts';

export const order: typeof english = {
  notFoundTitle: 'Wir finden diese Bestellung nicht',
  notFoundText: 'Bitte verwenden Sie den Link aus Ihrer E-Mail genau so, wie er dort steht.',
  connectionLost:
    'Verbindung unterbrochen, sie wird wiederhergestellt … Bis dahin fragen wir den Stand alle paar Sekunden ab. Ihre Bestellung ist davon nicht betroffen.',
  standingLabel: 'Stand Ihrer Bestellung',
  of_one: '{{plan}}',
  of_other: '{{plan}} × {{count}}',
  standing: {
    decision: { title: 'Wir brauchen Ihre Entscheidung' },
    helpComing: { title: 'Unser Team kümmert sich darum' },
    unpaid: {
      title: 'Ihre Bestellung wartet auf die Zahlung',
      text: 'Sobald sie bezahlt ist, beginnen wir mit der Einrichtung. Sie können bis zum {{moment}} bezahlen; danach verfällt die Bestellung einfach.',
    },
    confirming: {
      title: 'Ihre Zahlung wird bestätigt',
      text: 'Das dauert meist nur ein paar Sekunden, dann beginnen wir mit der Einrichtung. Sie können hierbleiben: Diese Seite geht von selbst weiter.',
    },
    paymentProcessing: {
      title: 'Ihre Zahlung ist unterwegs',
      text: 'Eine Lastschrift kann einige Bankarbeitstage dauern. Wir beginnen, sobald das Geld da ist, und schreiben Ihnen dann eine E-Mail.',
    },
    provisioning: {
      title_one: 'Wir richten Ihren Server ein',
      title_other: 'Wir richten Ihre Server ein',
      text: 'Das dauert meist nur wenige Minuten. Sie können hier zusehen oder die Seite schließen: Wir schreiben Ihnen eine E-Mail, sobald alles funktioniert.',
    },
    delayed: {
      title: 'Es dauert länger als üblich',
      text: 'Wir sind dran, und Sie müssen nichts tun. Wir schreiben Ihnen eine E-Mail, sobald alles funktioniert oder wir Ihre Entscheidung brauchen.',
    },
    active: {
      title_one: 'Ihr Server ist bereit',
      title_other: 'Ihre Server sind bereit',
      text_one:
        'Wir haben uns daran angemeldet, alles funktioniert. Den Link zu den Zugangsdaten finden Sie in Ihrer E-Mail.',
      text_other:
        'Wir haben uns an jedem angemeldet, alles funktioniert. Die Links zu den Zugangsdaten finden Sie in Ihrer E-Mail.',
    },
    switchedOff: {
      title_one: 'Ihr Server ist ausgeschaltet',
      title_other: 'Ihre Server sind ausgeschaltet',
      text_one:
        'Ihre Daten sind sicher, und der Preis bleibt derselbe. Sie können ihn unten jederzeit wieder einschalten.',
      text_other:
        'Ihre Daten sind sicher, und der Preis bleibt derselbe. Sie können sie unten jederzeit wieder einschalten.',
    },
    ending: {
      title: 'Gekündigt: läuft noch bis zum {{date}}',
      text: 'Bis dahin können Sie die Kündigung zurücknehmen. Danach bewahren wir Ihre Daten noch eine Weile auf, bevor sie gelöscht werden.',
    },
    pastDue: {
      title: 'Ihre letzte Zahlung ist fehlgeschlagen',
      text_one:
        'Bezahlen Sie jetzt, um Ihren Server zu behalten. Noch läuft er weiter; ohne Zahlung schalten wir ihn am {{date}} aus. Ihre Daten sind auch dann sicher.',
      text_other:
        'Bezahlen Sie jetzt, um Ihre Server zu behalten. Noch laufen sie weiter; ohne Zahlung schalten wir sie am {{date}} aus. Ihre Daten sind auch dann sicher.',
    },
    pastDueProcessing: {
      title: 'Ihre Zahlung ist unterwegs',
      text: 'Eine Lastschrift kann einige Bankarbeitstage dauern. Bis dahin läuft alles weiter, und Sie müssen nichts mehr tun.',
    },
    suspended: {
      title_one: 'Ihr Server ist angehalten',
      title_other: 'Ihre Server sind angehalten',
      text_one: 'Er ist ausgeschaltet, aber Ihre Daten sind sicher.',
      text_other: 'Sie sind ausgeschaltet, aber Ihre Daten sind sicher.',
      byPayment:
        'Ihre letzte Zahlung ist fehlgeschlagen. Bezahlen Sie jetzt, um alles zurückzubekommen: Wir schalten es wieder ein, sobald die Zahlung eingeht. Ohne sie endet das Abonnement am {{date}}.',
      byStaff: 'Bitte melden Sie sich bei uns, damit es weitergehen kann.',
    },
    suspendedProcessing: {
      title: 'Ihre Zahlung ist unterwegs',
      text: 'Eine Lastschrift kann einige Bankarbeitstage dauern. Sobald das Geld da ist, schalten wir alles wieder ein. Sie müssen nichts mehr tun.',
    },
    graceUnpaid: {
      title: 'Der Dienst ist beendet, Ihre Daten sind noch da',
      text: 'Bis zum {{moment}} können Sie den offenen Betrag bezahlen und alles zurückbekommen. Danach wird alles gelöscht.',
    },
    grace: {
      title: 'Der Dienst ist beendet, Ihre Daten sind noch da',
      text: 'Bis zum {{moment}} können Sie fortsetzen und weitermachen wie bisher. Danach wird alles gelöscht.',
    },
    deleting: {
      title: 'Ihre Bestellung wird abgeschlossen',
      text: 'Wir räumen auf und bestätigen es Ihnen per E-Mail. Sie müssen nichts weiter tun.',
    },
    deleted: {
      title: 'Diese Bestellung ist abgeschlossen',
      text: 'Server und Daten sind gelöscht, und es wird nichts mehr abgebucht.',
    },
    expired: {
      title: 'Diese Bestellung ist verfallen',
      text: 'Sie wurde nicht rechtzeitig bezahlt oder zurückgezogen. Es wurde nichts abgebucht und nichts eingerichtet.',
    },
    refunded: {
      title: 'Diese Bestellung wurde erstattet',
      text: 'Das Geld geht auf dem Weg zurück, auf dem es kam; das kann einige Bankarbeitstage dauern. Es wird nichts mehr abgebucht.',
    },
  },
  pay: 'Weiter zur Zahlung',
  payAfterAll: 'Noch nicht bezahlt? Zurück zur Zahlungsseite',
  latePayment: {
    button: 'Jetzt bezahlen',
    again: 'Zurück zur Zahlungsseite',
    confirming:
      'Sie haben eben bezahlt? Die Bestätigung dauert meist nur ein paar Sekunden, dann geht diese Seite von selbst weiter.',
    hint: 'Sie bezahlen auf der Seite unseres Zahlungsdienstes. Die Karte oder das Konto dort gilt auch für spätere Zahlungen. Sobald die Zahlung da ist, geht diese Seite von selbst weiter.',
  },
  orderAgain: 'Neu bestellen',
  retry: 'Noch einmal versuchen',
  refund: 'Geld zurück',
  refundTitle: 'Bestellung beenden und Zahlung erstatten?',
  refundText:
    'Wir schließen die Bestellung und erstatten den ganzen Betrag auf die Karte oder das Konto, von dem er kam. Es wird nichts mehr abgebucht.',
  refundConfirm: 'Ja, erstatten',
  accepted: 'Angenommen. Diese Seite zeigt das Ergebnis von selbst.',
  stepsLabel: 'Fortschritt',
  step: {
    ordered: 'Bestellt',
    paid: 'Bezahlt',
    created_one: 'Server eingerichtet',
    created_other: 'Server eingerichtet',
    tested: 'Anmeldung geprüft',
    handedOver: 'An Sie übergeben',
    ended: 'Dienst beendet',
    kept: 'Daten aufbewahrt',
    snapshot: 'Letzte Sicherung erstellt',
    deleted: 'Alles gelöscht',
    until: 'bis zum {{date}}',
    through: '{{through}} von {{count}}',
  },
  stepState: { done: 'erledigt', current: 'läuft', waiting: 'steht noch aus', failed: 'fehlgeschlagen' },
  servers_one: 'Ihr Server',
  servers_other: 'Ihre Server',
  serverState: {
    reserved: 'geplant',
    creating: 'wird eingerichtet',
    ready: 'wird geprüft',
    active: 'läuft',
    stopped: 'ausgeschaltet',
    deleting: 'wird gelöscht',
    deleted: 'gelöscht',
    failed: 'fehlgeschlagen',
  },
  address: 'Adresse',
  user: 'Benutzername',
  signInSsh: 'Anmelden im Terminal',
  signInRdp: 'Anmelden unter Windows (Windows-Taste + R)',
  rdpHint: 'Auf Mac, Handy oder Tablet nehmen Sie Microsofts „Windows App“ mit derselben Adresse.',
  openWeb: 'Im Browser öffnen',
  passwordHint:
    'Das Passwort kam per E-Mail, hinter einem Link, der einmal funktioniert. Ist es verloren, fordern Sie auf dieser Seite neue Zugangsdaten an.',
  passwordHintNoRotation:
    'Das Passwort kam per E-Mail, hinter einem Link, der einmal funktioniert. Ist es verloren, melden Sie sich bitte bei uns.',
  facts: 'Bestellung',
  fact: {
    plan: 'Tarif',
    region: 'Standort',
    price: 'Preis',
    amount: { month: '{{amount}} im Monat', year: '{{amount}} im Jahr' },
    ordered: 'Bestellt am',
    renews: 'Verlängert sich am',
    paidUntil: 'Bezahlt bis',
    ends: 'Endet am',
  },
  manage: 'Verwalten',
  resume: {
    keep: {
      text: 'Doch nicht? Nehmen Sie die Kündigung zurück, und alles läuft weiter wie bisher.',
      button: 'Kündigung zurücknehmen',
    },
    restart: {
      text: 'Ihre Daten sind noch da. Setzen Sie fort, und wir schalten alles wieder ein.',
      button: 'Fortsetzen',
    },
  },
  rotate: {
    text: 'Passwort verloren, oder kennt es vielleicht jemand anderes?',
    button: 'Neue Zugangsdaten anfordern',
    title: 'Neues Passwort erstellen?',
    warning_one:
      'Das jetzige Passwort gilt sofort nicht mehr. Ein Link zum neuen, der einmal funktioniert, kommt per E-Mail.',
    warning_other:
      'Die jetzigen Passwörter aller {{count}} Server gelten sofort nicht mehr. Links zu den neuen, die je einmal funktionieren, kommen per E-Mail.',
    confirm: 'Neues Passwort erstellen',
  },
  cancel: {
    button: 'Bestellung kündigen …',
    soonerButton: 'Früher beenden …',
    title: 'Bestellung kündigen?',
    whenLabel: 'Wann soll sie enden?',
    'period-end': 'Zum Ende des bezahlten Zeitraums',
    atPeriodEndOn: 'Zum Ende des bezahlten Zeitraums, am {{date}}',
    now: 'Jetzt',
    meaning: 'Das geschieht dann',
    withdrawn: 'Die Bestellung wird zurückgezogen. Es wurde nichts abgebucht, und es wird nichts abgebucht.',
    refunded:
      'Die Einrichtung wird abgebrochen. Was schon eingerichtet ist, wird entfernt, und Sie bekommen den ganzen Betrag zurück. Daten von Ihnen gibt es noch keine.',
    endsOn_one:
      'Ihr Server läuft bis zum {{date}} und wird dann ausgeschaltet. Es wird nichts mehr abgebucht.',
    endsOn_other:
      'Ihre Server laufen bis zum {{date}} und werden dann ausgeschaltet. Es wird nichts mehr abgebucht.',
    endsWithPeriod_one:
      'Ihr Server läuft bis zum Ende des bezahlten Zeitraums und wird dann ausgeschaltet. Es wird nichts mehr abgebucht.',
    endsWithPeriod_other:
      'Ihre Server laufen bis zum Ende des bezahlten Zeitraums und werden dann ausgeschaltet. Es wird nichts mehr abgebucht.',
    endsNow_one: 'Ihr Server wird sofort ausgeschaltet. Es wird nichts mehr abgebucht.',
    endsNow_other: 'Ihre Server werden sofort ausgeschaltet. Es wird nichts mehr abgebucht.',
    keptUntil: 'Ihre Daten bleiben bis zum {{date}} erhalten. Bis dahin können Sie fortsetzen.',
    keptForGrace:
      'Ihre Daten bleiben für die Schonfrist Ihres Tarifs erhalten; so lange können Sie fortsetzen. Den Tag nennen diese Seite und unsere E-Mail.',
    thenDeleted: 'Danach werden Server und Daten endgültig gelöscht.',
    noRefund: 'Der Rest des bezahlten Zeitraums wird nicht erstattet.',
    confirm: 'Bestellung kündigen',
    confirmNow: 'Jetzt kündigen',
  },
};
