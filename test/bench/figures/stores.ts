/** R7: whether the product loses more than bare workflows do when Temporal keeps its state in Postgres instead of SQLite. */
import { sharedTemporal } from '../../harness/stack.ts';
import { namespaceFor } from '../../harness/tenure.ts';
import type { Bench } from '../bench.ts';
import { between, notMeasured, valueOf, type Finding } from '../finding.ts';
import { openBare } from '../rig/bare.ts';
import { openHouse, productDriver } from '../rig/house.ts';
import { ratePerSecond } from '../rig/lives.ts';
import {
  findTemporalServer,
  NoTemporalServer,
  startTemporalOnPostgres,
} from '../rig/temporal-on-postgres.ts';
import { summarise } from '../statistics.ts';

const HEAD = {
  id: 'R7',
  what: '(Postgres ÷ SQLite under Temporal) of the product ÷ the same of the bare shape, lives per second',
  goal: between(0.9, 1.1),
};
const AT_ONCE = 16;

export async function measureStores({ pairs, quick, say }: Bench): Promise<Finding[]> {
  let binaries;
  try {
    binaries = await findTemporalServer(say);
  } catch (error) {
    if (error instanceof NoTemporalServer) return [notMeasured(HEAD, error.message)];
    throw error;
  }
  const lives = quick ? 4 : 32;
  const servers = { sqlite: await sharedTemporal(), postgres: await startTemporalOnPostgres(binaries) };
  const open = async (store: keyof typeof servers) => {
    const temporal = servers[store];
    const { address } = temporal.current;
    const house = await openHouse(`on-${store}`, { temporal });
    const namespace = await namespaceFor(temporal.current, `on-${store}-bare`);
    const bare = await openBare({ name: `on-${store}`, namespace, address });
    const processes = [await house.startEverything(), await bare.startWorker()];
    const rates = {
      product: () => ratePerSecond(productDriver(house.tenure), lives, AT_ONCE),
      bare: () => ratePerSecond(bare.driver, lives, AT_ONCE),
    };
    await rates.product();
    await rates.bare();
    return { processes, rates };
  };
  const [sqlite, postgres] = [await open('sqlite'), await open('postgres')];

  const found: { product: number; bare: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const turn = pair % 2 === 0 ? [postgres, sqlite] : [sqlite, postgres];
    const rates = new Map<unknown, { product: number; bare: number }>();
    for (const one of turn) {
      rates.set(one, { product: await one.rates.product(), bare: await one.rates.bare() });
    }
    const [onPostgres, onSqlite] = [rates.get(postgres), rates.get(sqlite)];
    if (!onPostgres || !onSqlite) throw new Error('A store was not measured.');
    found.push({ product: onPostgres.product / onSqlite.product, bare: onPostgres.bare / onSqlite.bare });
    say(`pair ${pair + 1} of ${pairs}`);
  }
  for (const process of [...sqlite.processes, ...postgres.processes]) await process.end();
  const medianOf = (kind: 'product' | 'bare'): string =>
    summarise(found.map((pair) => pair[kind])).median.toFixed(2);
  return [
    {
      ...HEAD,
      ...valueOf(summarise(found.map(({ product, bare }) => product / bare))),
      detail: `${medianOf('product')} ÷ ${medianOf('bare')}; server ${binaries.version} on Postgres`,
    },
  ];
}
