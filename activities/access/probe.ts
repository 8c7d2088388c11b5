/** "It works", proven the way a customer would enter. */
import { type AccessProtocol, WebAccess } from '../../schemas/catalog/access.ts';
import { tryRdp } from './rdp.ts';
import { trySsh } from './ssh.ts';
import { tryWeb } from './web.ts';

export interface ProbeTarget {
  protocol: AccessProtocol;
  /** What the plan says of an application on the web. */
  web?: WebAccess | undefined;
  address: string;
  port: number;
  username: string;
  password: string;
  /** Limit of the whole visit, in ms. */
  timeoutMs: number;
  /** The identity from an earlier probe. */
  expectIdentity?: string;
}

/**
 * Enters a server: with the credentials over SSH; up to the TLS handshake over RDP, which does not tell whether the
 * password is right; with the request that the plan names on the web.
 *
 * @returns the host key's (SSH) or the certificate's (RDP) fingerprint, to be expected from then on; `null` on the web, where an
 * authority vouches for it.
 * @throws TenureFailure `retryable`: `not-answering`, `credentials-refused`, `session-unusable`; `needs-a-human`:
 * `identity-changed`.
 */
export async function probeAccess(target: ProbeTarget): Promise<{ identity: string | null }> {
  const { protocol, expectIdentity, web, ...login } = target;
  if (protocol === 'web') {
    await tryWeb({ ...login, ...(web ?? WebAccess.parse({})) });
    return { identity: null };
  }
  if (protocol === 'ssh') {
    const { hostKeyFingerprint } = await trySsh({ ...login, expectHostKey: expectIdentity });
    return { identity: hostKeyFingerprint };
  }
  const { address, port, timeoutMs } = login;
  const { certificateFingerprint } = await tryRdp({
    address,
    port,
    timeoutMs,
    expectCertificate: expectIdentity,
  });
  return { identity: certificateFingerprint };
}
