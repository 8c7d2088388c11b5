import type { Dictionary } from '../dictionary.ts';

export const shop: Dictionary['shop'] = {
  tabTitle: 'Tarife und Preise',
  title: 'Ihr Server läuft wenige Minuten nach der Zahlung',
  lead: 'Wählen Sie einen Tarif und bezahlen Sie. Wir richten Ihren Server ein, melden uns selbst daran an und schicken Ihnen die Zugangsdaten, sobald alles funktioniert.',
  promise: {
    fast: 'Meist in wenigen Minuten bereit',
    tested: 'Anmeldung vor der Übergabe geprüft',
    safe: 'Jederzeit kündbar, Ihre Daten bleiben noch eine Weile',
  },
  netNote: 'Preise je Server, gegebenenfalls zuzüglich USt.',
  nothingOnSale: 'Zurzeit wird nichts angeboten. Bitte schauen Sie später wieder vorbei.',
  intervalLabel: 'Abrechnung',
  currencyLabel: 'Währung',
  interval: { month: 'Monatlich', year: 'Jährlich' },
  currency: { eur: 'EUR €', usd: 'USD $' },
  group: { rdp: 'Windows-Desktops', ssh: 'Linux-Server', web: 'Anwendungen' },
  per: { month: 'im Monat', year: 'im Jahr' },
  saving: '{{percent}} günstiger als monatlich',
  setupFee: 'zzgl. {{amount}} einmalig für die Einrichtung',
  noSetupFee: 'keine Einrichtungsgebühr',
  notSoldSo: 'So nicht erhältlich: {{interval}}, {{currency}}. Bitte wechseln Sie oben.',
  choose: 'Auswählen',
  choosePlan: '{{plan}} auswählen',
  spec: {
    vcpus: 'vCPUs',
    memory: 'RAM',
    disk: 'Festplatte',
    gpu: 'Grafikkarte',
    uptime: 'Verfügbarkeit',
  },
  locations: 'Standorte',
};
