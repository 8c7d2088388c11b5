/**
 * The beginning of a remote desktop connection, as far as it goes without a session: X.224 negotiation and TLS.
 * Sections are those of MS-RDPBCGR.
 */
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { TenureFailure } from '../../schemas/failures.ts';
import { IDENTITY_CHANGED, NOT_ANSWERING } from './failures.ts';

export interface RdpTarget {
  address: string;
  port: number;
  /** Limit of the whole visit, in ms. */
  timeoutMs: number;
  /** The certificate's fingerprint from an earlier visit. */
  expectCertificate?: string;
}

export interface RdpProof {
  /** SHA-256 of the certificate, upper-case hex pairs with colons. */
  certificateFingerprint: string;
  /** What the server chose: TLS alone, or CredSSP (network level authentication) inside TLS. */
  security: 'tls' | 'credssp';
}

/** Security protocols (2.2.1.1.1 and 2.2.1.2.1). */
const PROTOCOL_SSL = 1;
const PROTOCOL_HYBRID = 2;

/** Types of negotiation structures (2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2), each 8 bytes long. */
const RDP_NEG_REQ = 1;
const RDP_NEG_RSP = 2;
const RDP_NEG_FAILURE = 3;

/** Failure codes (2.2.1.2.2). */
const NEGOTIATION_FAILURES: Record<number, string> = {
  1: 'SSL_REQUIRED_BY_SERVER',
  2: 'SSL_NOT_ALLOWED_BY_SERVER',
  3: 'SSL_CERT_NOT_ON_SERVER',
  4: 'INCONSISTENT_FLAGS',
  5: 'HYBRID_REQUIRED_BY_SERVER',
  6: 'SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER',
};

/** A confirm without and with a negotiation structure: TPKT (RFC 1006) 4, X.224 confirm 7, structure 8 bytes. */
const SHORTEST_CONFIRM = 11;
const CONFIRM_WITH_NEGOTIATION = 19;

/**
 * Opens a remote desktop connection up to the end of the TLS handshake.
 *
 * @throws TenureFailure `retryable` (`not-answering`), also while the server has no certificate yet;
 * `needs-a-human` (`identity-changed`).
 */
export async function tryRdp({ address, port, timeoutMs, expectCertificate }: RdpTarget): Promise<RdpProof> {
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = connect({ host: address, port });
  // Every failure also reaches the awaited event; without a listener it would end the process.
  socket.on('error', () => undefined);
  let proof: RdpProof;
  try {
    await once(socket, 'connect', { signal });
    socket.write(connectionRequest());
    const security = readConfirm(await readPacket(socket, signal));
    proof = { security, certificateFingerprint: await readCertificate(socket, signal) };
  } catch (error) {
    const why = signal.aborted
      ? 'timeout'
      : ((error as NodeJS.ErrnoException).code ?? (error as Error).message);
    throw new TenureFailure('retryable', `Nobody answers RDP on ${address} port ${port} (${why}).`, {
      reason: NOT_ANSWERING,
      upstream: why,
    });
  } finally {
    socket.destroy();
  }
  const { certificateFingerprint } = proof;
  if (expectCertificate === undefined || certificateFingerprint === expectCertificate) return proof;
  throw new TenureFailure(
    'needs-a-human',
    `${address} shows the certificate ${certificateFingerprint} instead of ${expectCertificate}.`,
    {
      reason: IDENTITY_CHANGED,
      nextStep: 'Find out whether the server was reinstalled or somebody else answers in its place.',
    },
  );
}

/** The client's X.224 connection request with RDP_NEG_REQ, and no cookie (2.2.1.1). */
function connectionRequest(): Buffer {
  return Buffer.from([
    ...[3, 0, 0, CONFIRM_WITH_NEGOTIATION], // TPKT: version, reserved, length
    ...[14, 0xe0, 0, 0, 0, 0, 0], // X.224: length of the rest, CR TPDU, destination, source, class 0
    ...[RDP_NEG_REQ, 0, 8, 0], // type, flags, length (little-endian from here)
    ...[PROTOCOL_SSL | PROTOCOL_HYBRID, 0, 0, 0],
  ]);
}

/** Reads one TPKT packet; nothing may follow it before the client goes on with TLS. */
async function readPacket(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  let received = Buffer.alloc(0);
  for (;;) {
    const [chunk] = (await Promise.race([
      once(socket, 'data', { signal }),
      once(socket, 'end', { signal }).then(() => Promise.reject(new Error('closed'))),
    ])) as [Buffer];
    received = Buffer.concat([received, chunk]);
    if (received[0] !== 3) throw new Error('no TPKT');
    const length = received.length >= 4 ? received.readUInt16BE(2) : Infinity;
    if (received.length >= length) return received.subarray(0, length);
    if (received.length > CONFIRM_WITH_NEGOTIATION) throw new Error('too long');
  }
}

/** Reads the server's X.224 connection confirm (2.2.1.2). */
function readConfirm(packet: Buffer): RdpProof['security'] {
  if (packet.length < SHORTEST_CONFIRM || (packet.readUInt8(5) & 0xf0) !== 0xd0)
    throw new Error('no confirm');
  // A server that negotiates nothing speaks only the oldest protocol, without TLS.
  if (packet.length < CONFIRM_WITH_NEGOTIATION) throw new Error('no TLS');
  const type = packet.readUInt8(11);
  const value = packet.readUInt32LE(15);
  if (type === RDP_NEG_FAILURE) throw new Error(NEGOTIATION_FAILURES[value] ?? `failure ${value}`);
  if (type !== RDP_NEG_RSP) throw new Error('no negotiation response');
  if (value === PROTOCOL_HYBRID) return 'credssp';
  if (value === PROTOCOL_SSL) return 'tls';
  throw new Error(`protocol ${value}`);
}

/** TLS on the same socket (5.4.5.1). Such certificates are self-signed: they are compared, not verified. */
async function readCertificate(socket: Socket, signal: AbortSignal): Promise<string> {
  const secure = connectTls({ socket, rejectUnauthorized: false });
  secure.on('error', () => undefined);
  try {
    await once(secure, 'secureConnect', { signal });
    return secure.getPeerCertificate().fingerprint256;
  } finally {
    secure.destroy();
  }
}
