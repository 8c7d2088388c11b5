/** Servers to build a house on: the time-skipping one, and a real one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../schemas/search-attributes.ts';
import { beforeTimeSkippingCloses, timeSkipping } from '../harness/time-skipping.ts';
import { buildHouse, type House } from './house.ts';
import { quietRuntime } from './quiet-runtime.ts';

/** With a test server to be fetched. */
const HOUSE_LIMIT_MS = 360_000;

let shared: Promise<House> | undefined;

/** The run's house, for `before(async function () { house = await sharedHouse(this) })`. */
export async function sharedHouse(context: Mocha.Context): Promise<House> {
  quietRuntime();
  // Skips this suite, too, where there is no test server.
  await timeSkipping(context);
  return (shared ??= openHouse(context).then((house) => {
    beforeTimeSkippingCloses(() => {
      shared = undefined;
      return house.close();
    });
    return house;
  }));
}

/** A house in a namespace of its own, to be closed. */
export async function openHouse(
  context: Mocha.Context,
  namespace = 'default',
  converters?: Record<'client' | 'worker', DataConverter>,
): Promise<House> {
  quietRuntime();
  const env = await timeSkipping(context);
  context.timeout(HOUSE_LIMIT_MS);
  await registerSearchAttributes(env);
  return buildHouse({
    namespace,
    // Not the environment's own client: that one skips time by itself whenever a result is awaited.
    client: new Client({ connection: env.connection, namespace, dataConverter: converters?.client }),
    connection: env.nativeConnection,
    dataConverter: converters?.worker,
    pass: (duration) => env.sleep(duration),
    now: () => env.currentTimeMs(),
    mendClock: async () => void (await env.connection.testService?.unlockTimeSkipping({})),
  });
}

/** A house on one of our own dev servers, whose time passes as it does; to be closed. */
export async function openHouseAt(address: string): Promise<House> {
  const namespace = 'default';
  quietRuntime();
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const house = await buildHouse({
    namespace,
    client: new Client({ connection, namespace }),
    connection: native,
    pass: (ms) => sleep(Number(ms)),
    now: () => Promise.resolve(Date.now()),
    mendClock: () => Promise.resolve(),
  });
  return {
    ...house,
    async close() {
      await house.close();
      await Promise.all([connection.close(), native.close()]);
    },
  };
}

let registered: TestWorkflowEnvironment | null = null;

/** The test server refuses search attributes that it does not know. It lists none, and has one list for all namespaces. */
async function registerSearchAttributes(env: TestWorkflowEnvironment): Promise<void> {
  if (registered === env) return;
  registered = env;
  const { INDEXED_VALUE_TYPE_DATETIME, INDEXED_VALUE_TYPE_KEYWORD } =
    proto.temporal.api.enums.v1.IndexedValueType;
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      SEARCH_ATTRIBUTES.map(({ name, type }) => [
        name,
        type === 'DATETIME' ? INDEXED_VALUE_TYPE_DATETIME : INDEXED_VALUE_TYPE_KEYWORD,
      ]),
    ),
  });
}
