import type { Dictionary } from '../dictionary.ts';

export const credentials: Dictionary['credentials'] = {
  title: 'Ihre Zugangsdaten liegen bereit',
  for: 'Für den Server',
  once: 'Sie werden einmal angezeigt. Danach kann niemand diesen Link noch einmal öffnen.',
  prepare: 'Halten Sie Ihren Passwortmanager bereit, um sie zu speichern.',
  until: 'Der Link gilt bis zum {{date}}.',
  reveal: 'Zugangsdaten anzeigen',
  revealedTitle: 'Ihre Zugangsdaten',
  saveTitle: 'Speichern Sie sie jetzt',
  saveText:
    'Diese Seite lässt sich nicht noch einmal öffnen. Wenn Sie sie verlassen oder neu laden, ist das Passwort hier verschwunden.',
  host: 'Adresse',
  port: 'Port',
  user: 'Benutzername',
  password: 'Passwort',
  show: 'Passwort anzeigen',
  hide: 'Passwort verbergen',
  signIn: 'Anmelden',
  command: { ssh: 'Im Terminal', rdp: 'Unter Windows (Windows-Taste + R)', web: 'Im Browser' },
  commandHint: {
    ssh: 'Vergleichen Sie bei der ersten Verbindung den angezeigten Fingerabdruck mit dem unten stehenden und antworten Sie dann mit „yes“.',
    rdp: 'Auf Mac, Handy oder Tablet nehmen Sie Microsofts „Windows App“ mit derselben Adresse.',
    web: 'Programme, die ein API-Token verlangen, nehmen stattdessen das Passwort.',
  },
  fingerprint: {
    ssh: 'Fingerabdruck des Serverschlüssels',
    rdp: 'Fingerabdruck des Serverzertifikats',
    web: 'Fingerabdruck des Zertifikats der Adresse',
  },
  fingerprintHint: 'Wird Ihnen ein anderer angezeigt, melden Sie sich nicht an, und sagen Sie uns Bescheid.',
  opened: {
    title: 'Dieser Link wurde schon benutzt',
    text: 'Die Zugangsdaten wurden bereits angezeigt, und das geht nur einmal. Wir können sie nicht noch einmal zeigen.',
    next: 'Sie haben sie nicht gespeichert, oder das waren nicht Sie? Öffnen Sie Ihre Bestellung aus unserer E-Mail: Dort können Sie neue Zugangsdaten anfordern, und die alten gelten nicht mehr. Oder melden Sie sich bei uns.',
  },
  expired: {
    title: 'Dieser Link ist abgelaufen',
    text: 'Zu Ihrer Sicherheit galt der Link nur begrenzte Zeit.',
    next: 'Öffnen Sie Ihre Bestellung aus unserer E-Mail: Dort können Sie neue Zugangsdaten anfordern. Oder melden Sie sich bei uns.',
  },
  replaced: {
    title: 'Es gibt neuere Zugangsdaten',
    text: 'Diese Zugangsdaten wurden ersetzt und gelten nicht mehr.',
    next: 'Bitte benutzen Sie den Link aus unserer letzten E-Mail.',
  },
  unknown: {
    title: 'Dieser Link ist ungültig',
    text: 'Die Adresse ist vielleicht unvollständig.',
    next: 'Bitte öffnen Sie den Link aus unserer E-Mail genau so, wie er dort steht.',
  },
};
