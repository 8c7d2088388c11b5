/** Takes traces as a collector would, and throws them away. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lab } from '../../harness/lab.ts';

export interface OtlpSink {
  url: string;
  /** Bytes taken so far: none would mean that nothing was traced. */
  receivedBytes(): number;
}

export async function openOtlpSink(): Promise<OtlpSink> {
  let received = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  (await lab()).onEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, receivedBytes: () => received };
}
