import type { CredentialsView } from '../../../schemas/api/shop.ts';

type Login = Pick<CredentialsView, 'protocol' | 'address' | 'port' | 'username'>;

const USUAL_PORT = { ssh: 22, rdp: 3389 } as const;

/** What to type to sign in: OpenSSH's client, Windows' Remote Desktop Connection, or the address of an application in a browser. */
export function signInCommand({ protocol, address, port, username }: Login): string {
  if (protocol === 'web') return address;
  const usual = port === USUAL_PORT[protocol];
  if (protocol === 'rdp') return `mstsc /v:${address}${usual ? '' : `:${port}`}`;
  return `ssh ${usual ? '' : `-p ${port} `}${username}@${address}`;
}
