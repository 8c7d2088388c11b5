/** One lazy connection to Temporal: nothing fails at start when it is down, and it comes back by itself. */
import { Client, Connection, type ClientPlugin } from '@temporalio/client';
import type { Config } from '../../schemas/config.ts';
import { createDataConverter } from '../../schemas/data-converter.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';

export function connectTemporal(
  config: Config,
  box: SecretBox,
  plugins: ClientPlugin[] = [],
): { client: Client; close(): Promise<void> } {
  const connection = Connection.lazy({
    address: config.TEMPORAL_ADDRESS,
    ...(config.TEMPORAL_API_KEY === undefined ? {} : { tls: true, apiKey: config.TEMPORAL_API_KEY }),
  });
  const client = new Client({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: createDataConverter(box),
    plugins,
  });
  return { client, close: () => connection.close() };
}
