import type { Socket } from 'node:net';
import { TLSSocket, createSecureContext } from 'node:tls';

/** Protocols and failure codes of MS-RDPBCGR 2.2.1.1.1, 2.2.1.2.1 and 2.2.1.2.2. */
const protocolSsl = 1;
const protocolHybrid = 2;
const sslRequiredByServer = 1;

/** A connection request is short; whoever sends more before its end is no client. */
const requestLimitBytes = 1_024;
const idleTimeoutMs = 30_000;

/**
 * Answers the start of a remote desktop connection as Windows does (MS-RDPBCGR 1.3.1.1): the X.224 connection
 * request with its protocol negotiation, then the TLS handshake on the same socket. What a client sends inside
 * TLS is read and left unanswered.
 *
 * @param secured called with the name of the protocol once TLS stands.
 * @returns a function that serves one accepted connection.
 */
export function rdpServer(
  tls: { key: string; cert: string },
  secured: (protocol: 'ssl' | 'hybrid') => void,
): (socket: Socket) => void {
  const secureContext = createSecureContext(tls);
  return (socket) => {
    socket.setTimeout(idleTimeoutMs, () => socket.destroy());
    let received = Buffer.alloc(0);
    const collect = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const length = packetLength(received);
      if (length === 'malformed') return void socket.destroy();
      if (length === 'incomplete' || received.length < length) return;
      socket.off('data', collect);
      socket.pause();
      const request = readConnectionRequest(received.subarray(0, length));
      if (!request) return void socket.destroy();
      const selected = request.protocols & protocolHybrid || request.protocols & protocolSsl;
      if (!selected) return void socket.end(connectionConfirm(request.source, 3, sslRequiredByServer));
      socket.write(connectionConfirm(request.source, 2, selected));
      if (received.length > length) socket.unshift(received.subarray(length));
      const secure = new TLSSocket(socket, { isServer: true, secureContext });
      secure.on('error', () => socket.destroy());
      secure.once('secure', () => secured(selected === protocolHybrid ? 'hybrid' : 'ssl'));
      secure.resume();
    };
    socket.on('data', collect);
  };
}

/** The length in the TPKT header (RFC 1006): version 3, reserved, 16-bit length of the whole packet. */
function packetLength(bytes: Buffer): number | 'incomplete' | 'malformed' {
  if (bytes.length < 4) return 'incomplete';
  const length = bytes.readUInt16BE(2);
  return bytes[0] === 3 && length >= 11 && length <= requestLimitBytes ? length : 'malformed';
}

/** Reads an X.224 connection request with its optional cookie and RDP_NEG_REQ. */
function readConnectionRequest(packet: Buffer): { source: number; protocols: number } | undefined {
  const isRequest = (packet.readUInt8(5) & 0xf0) === 0xe0 && packet.readUInt8(4) === packet.length - 5;
  if (!isRequest) return undefined;
  const source = packet.readUInt16BE(8);
  const variable = packet.subarray(11);
  // The cookie, or load balancer's token, is text that ends with CR LF.
  const cookieEnd = variable.indexOf('\r\n');
  const negotiation = cookieEnd >= 0 ? variable.subarray(cookieEnd + 2) : variable;
  const asks = negotiation.length >= 8 && negotiation[0] === 1 && negotiation.readUInt16LE(2) === 8;
  // Without a negotiation request the client speaks only the oldest protocol.
  return { source, protocols: asks ? negotiation.readUInt32LE(4) : 0 };
}

/** An X.224 connection confirm with RDP_NEG_RSP (type 2) or RDP_NEG_FAILURE (type 3). */
function connectionConfirm(destination: number, type: 2 | 3, value: number): Buffer {
  const packet = Buffer.alloc(19);
  packet.writeUInt8(3, 0);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt8(packet.length - 5, 4);
  packet.writeUInt8(0xd0, 5);
  packet.writeUInt16BE(destination, 6);
  packet.writeUInt16BE(0x1234, 8);
  packet.writeUInt8(type, 11);
  packet.writeUInt16LE(8, 13);
  packet.writeUInt32LE(value, 15);
  return packet;
}
