import type { MailContents } from '../../../schemas/mail/templates.ts';
import { type Reader, type Template, bilingual } from './letter.ts';
import { Action, Facts, Paragraph, QuietAction, Small, Subheading, Warning, type Fact } from './parts.tsx';

type Server = MailContents['server-ready']['servers'][number];

const DEFAULT_SSH_PORT = 22;

const TEXTS = bilingual({
  en: {
    subject: (plan: string, count: number) =>
      count === 1 ? `Your server is ready: ${plan}` : `Your ${count} servers are ready: ${plan}`,
    preview: 'We have tried the sign-in: everything you need is in this mail.',
    heading: (count: number) => (count === 1 ? 'Your server is ready' : `Your ${count} servers are ready`),
    intro: (plan: string, count: number) =>
      count === 1
        ? `Your server (${plan}) is running, and we have tried the sign-in. This is how you reach it:`
        : `Your servers (${plan}) are running, and we have tried the sign-in to each. This is how you reach them:`,
    applications: {
      subject: (plan: string, count: number) =>
        count === 1 ? `Your application is ready: ${plan}` : `Your ${count} applications are ready: ${plan}`,
      heading: (count: number) =>
        count === 1 ? 'Your application is ready' : `Your ${count} applications are ready`,
      intro: (plan: string, count: number) =>
        count === 1
          ? `Your application (${plan}) is running, and we have tried its address. This is how you reach it:`
          : `Your applications (${plan}) are running, and we have tried the address of each. This is how you reach them:`,
    },
    hostname: 'Server name',
    name: 'Name',
    address: 'Address',
    port: 'Port',
    protocol: 'Access',
    protocols: { ssh: 'SSH', rdp: 'Remote Desktop (RDP)', web: 'Web' },
    connect: { ssh: 'Command', rdp: 'Computer to connect to' },
    open: 'Open the application',
    token: 'Programs that ask for an API token take the password in its place.',
    username: 'User name',
    password: 'Password',
    fingerprint: 'Host key',
    compare:
      'When you sign in for the first time, compare the host key that your program shows with the one above.',
    reveal: 'Show the password',
    once: 'The link works only once.',
    onceUntil: (instant: string) => `The link works only once, until ${instant}.`,
    change: 'Please change the password after signing in for the first time, then delete this mail.',
    order: 'Open your order',
  },
  de: {
    subject: (plan, count) =>
      count === 1 ? `Ihr Server ist bereit: ${plan}` : `Ihre ${count} Server sind bereit: ${plan}`,
    preview: 'Wir haben die Anmeldung geprüft: In dieser E-Mail finden Sie alles Nötige.',
    heading: (count) => (count === 1 ? 'Ihr Server ist bereit' : `Ihre ${count} Server sind bereit`),
    intro: (plan, count) =>
      count === 1
        ? `Ihr Server (${plan}) läuft, und wir haben die Anmeldung geprüft. So erreichen Sie ihn:`
        : `Ihre Server (${plan}) laufen, und wir haben die Anmeldung an jedem geprüft. So erreichen Sie sie:`,
    applications: {
      subject: (plan, count) =>
        count === 1 ? `Ihre Anwendung ist bereit: ${plan}` : `Ihre ${count} Anwendungen sind bereit: ${plan}`,
      heading: (count) =>
        count === 1 ? 'Ihre Anwendung ist bereit' : `Ihre ${count} Anwendungen sind bereit`,
      intro: (plan, count) =>
        count === 1
          ? `Ihre Anwendung (${plan}) läuft, und wir haben ihre Adresse geprüft. So erreichen Sie sie:`
          : `Ihre Anwendungen (${plan}) laufen, und wir haben die Adresse jeder einzelnen geprüft. So erreichen Sie sie:`,
    },
    hostname: 'Servername',
    name: 'Name',
    address: 'Adresse',
    port: 'Port',
    protocol: 'Zugang',
    protocols: { ssh: 'SSH', rdp: 'Remotedesktop (RDP)', web: 'Web' },
    connect: { ssh: 'Befehl', rdp: 'Zu verbindender Computer' },
    open: 'Anwendung öffnen',
    token: 'Programme, die ein API-Token verlangen, nehmen stattdessen das Passwort.',
    username: 'Benutzername',
    password: 'Passwort',
    fingerprint: 'Host-Schlüssel',
    compare: 'Vergleichen Sie bei der ersten Anmeldung den angezeigten Host-Schlüssel mit dem obigen.',
    reveal: 'Passwort anzeigen',
    once: 'Der Link funktioniert nur einmal.',
    onceUntil: (instant) => `Der Link funktioniert nur einmal, bis ${instant}.`,
    change: 'Bitte ändern Sie das Passwort nach der ersten Anmeldung und löschen Sie danach diese E-Mail.',
    order: 'Bestellung öffnen',
  },
});

export const serverReady: Template<'server-ready'> = ({ planName, orderUrl, servers }, reader) => {
  const texts = TEXTS[reader.language];
  const nothingToReveal = servers.every(
    ({ credentialsUrl, password }) => credentialsUrl === null && password === null,
  );
  const { subject, heading, intro } = servers.every(({ protocol }) => protocol === 'web')
    ? texts.applications
    : texts;
  return {
    subject: subject(planName, servers.length),
    preview: texts.preview,
    heading: heading(servers.length),
    body: (
      <>
        <Paragraph>{intro(planName, servers.length)}</Paragraph>
        {servers.map((server) => (
          <ServerAccess key={server.hostname} reader={reader} server={server} titled={servers.length > 1} />
        ))}
        {nothingToReveal ? (
          <Action href={orderUrl} label={texts.order} />
        ) : (
          <QuietAction href={orderUrl} label={texts.order} />
        )}
      </>
    ),
  };
};

function ServerAccess({ server, reader, titled }: { server: Server; reader: Reader; titled: boolean }) {
  const texts = TEXTS[reader.language];
  const { credentialsUrl, credentialsExpireAt } = server;
  return (
    <>
      {titled && <Subheading>{server.hostname}</Subheading>}
      <Facts facts={accessFacts(server, reader)} />
      {server.hostKeyFingerprint && <Small>{texts.compare}</Small>}
      {server.protocol === 'web' && (
        <>
          <QuietAction href={server.address} label={texts.open} />
          <Small>{texts.token}</Small>
        </>
      )}
      {credentialsUrl && (
        <>
          <Action href={credentialsUrl} label={texts.reveal} />
          <Small>
            {credentialsExpireAt ? texts.onceUntil(reader.instant(credentialsExpireAt)) : texts.once}
          </Small>
        </>
      )}
      {server.password && <Warning>{texts.change}</Warning>}
    </>
  );
}

function accessFacts(server: Server, { language }: Reader): Fact[] {
  const texts = TEXTS[language];
  const { address, port, username, protocol } = server;
  const facts: Fact[] = [
    { label: protocol === 'web' ? texts.name : texts.hostname, value: server.hostname, exact: true },
    { label: texts.protocol, value: texts.protocols[protocol] },
    { label: texts.address, value: address, exact: true },
    // The address of an application says its port where there is one.
    ...(protocol === 'web' ? [] : [{ label: texts.port, value: String(port), exact: true }]),
    { label: texts.username, value: username, exact: true },
  ];
  if (server.password) facts.push({ label: texts.password, value: server.password, exact: true });
  if (protocol !== 'web') {
    const target = protocol === 'ssh' ? sshCommand(server) : remoteDesktopTarget(server);
    facts.push({ label: texts.connect[protocol], value: target, exact: true });
  }
  if (server.hostKeyFingerprint) {
    facts.push({ label: texts.fingerprint, value: server.hostKeyFingerprint, exact: true });
  }
  return facts;
}

function sshCommand({ address, port, username }: Server): string {
  return port === DEFAULT_SSH_PORT ? `ssh ${username}@${address}` : `ssh -p ${port} ${username}@${address}`;
}

function remoteDesktopTarget({ address, port }: Server): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
