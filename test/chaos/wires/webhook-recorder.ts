/** Stands between the payment provider and the webhook endpoint, and notes what was acknowledged. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import axios from 'axios';

export interface WebhookRecorder {
  url: string;
  /** Ids of the events that were answered with 2xx. */
  acknowledged: ReadonlySet<string>;
  /** How many deliveries were answered otherwise, or not at all: those come again. */
  refused(): number;
  close(): Promise<void>;
}

export async function recordWebhooks(target: string): Promise<WebhookRecorder> {
  const acknowledged = new Set<string>();
  let refused = 0;
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const { id } = JSON.parse(body.toString()) as { id: string };
      const { status } = await axios.post(target, body, {
        headers: {
          'content-type': incoming.headers['content-type'] ?? '',
          'stripe-signature': incoming.headers['stripe-signature'] ?? '',
        },
        validateStatus: () => true,
        transformRequest: (data: Buffer) => data,
      });
      if (status >= 200 && status < 300) acknowledged.add(id);
      else refused += 1;
      outgoing.writeHead(status).end();
    })().catch(() => {
      refused += 1;
      outgoing.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acknowledged,
    refused: () => refused,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
