import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { lab } from '../../harness/lab.ts';
import { checkPostgres, type LocalPostgres, startPostgres } from '../../../workers/local/postgres.ts';

describe('our own Postgres', () => {
  let dataDir: string;
  let postgres: LocalPostgres;
  const start = async (port?: number): Promise<LocalPostgres> => {
    const { log, note } = await lab();
    postgres = await startPostgres({ dataDir, port, log: log('postgres-test') });
    note(postgres.pid);
    return postgres;
  };

  before(async () => {
    dataDir = (await lab()).dir('postgres-test');
    await start();
    await query(postgres.url, 'create table notes (text text)');
  });
  after(() => postgres.stop());

  for (const signal of ['SIGKILL', 'SIGQUIT'] as const) {
    it(`finds what was committed before a ${signal}, on the same port`, async () => {
      const { port } = postgres;
      await query(postgres.url, `insert into notes values ('${signal}')`);
      await postgres.kill(signal);
      await start();
      assert.equal(postgres.port, port);
      assert.deepEqual(await query(postgres.url, `select text from notes where text = '${signal}'`), [
        { text: signal },
      ]);
    });
  }

  it('starts beside a pid file whose pid is another program’s by now', async () => {
    await postgres.kill('SIGKILL');
    const pidFile = path.join(dataDir, 'cluster', 'postmaster.pid');
    const [, ...rest] = readFileSync(pidFile, 'utf8').split('\n');
    writeFileSync(pidFile, [process.pid, ...rest].join('\n'));
    await start();
    assert.deepEqual(await query(postgres.url, 'select 1 as one'), [{ one: 1 }]);
  });

  it('ends a postmaster that a killed run has left, and goes on with its data', async () => {
    const left = postgres;
    await start();
    await left.exited;
    assert.equal((await query(postgres.url, 'select * from notes')).length, 2);
  });

  it('takes another port when its own was taken meanwhile', async () => {
    const { port } = postgres;
    await postgres.stop();
    const squatter = createServer().listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    await start();
    squatter.close();
    assert.notEqual(postgres.port, port);
  });

  it('lets nobody in without the password', async () => {
    const url = new URL(postgres.url);
    url.password = 'wrong';
    await assert.rejects(query(url.href, 'select 1'), /password authentication failed/);
  });
});

describe('somebody else’s Postgres', () => {
  it('is named in one sentence when it does not answer, without its password', async () => {
    await assert.rejects(checkPostgres('postgres://ada:sesame@127.0.0.1:1/shop'), (error: Error) => {
      assert.match(
        error.message,
        /^Postgres at DATABASE_URL \(127\.0\.0\.1:1\/shop\) cannot be used: .*ECONNREFUSED/,
      );
      assert.doesNotMatch(error.message, /sesame|\n/);
      return true;
    });
  });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}
