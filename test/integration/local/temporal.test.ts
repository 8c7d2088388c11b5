import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { lab } from '../../harness/lab.ts';
import { newTemporal, type Part } from '../../harness/stack.ts';
import { SEARCH_ATTRIBUTES } from '../../../schemas/search-attributes.ts';
import { findTemporalCli } from '../../../workers/local/temporal-cli.ts';
import { checkTemporal, type LocalTemporal } from '../../../workers/local/temporal.ts';

describe('our own Temporal', () => {
  let temporal: Part<LocalTemporal>;
  before(async () => {
    temporal = await newTemporal('temporal-test');
  });

  it('knows Tenure’s search attributes', async () => {
    await withConnection(temporal.current.address, async (connection) => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      for (const { name } of SEARCH_ATTRIBUTES) assert.ok(customAttributes?.[name], name);
    });
  });

  it('serves its UI', async () => {
    assert.equal((await fetch(temporal.current.uiUrl)).status, 200);
  });

  it('finds its workflows again after SIGKILL, on the same address', async () => {
    const { address } = temporal.current;
    await withConnection(address, (connection) =>
      new Client({ connection }).workflow.start('waiting', { workflowId: 'survivor', taskQueue: 'nobody' }),
    );
    await temporal.kill('SIGKILL');
    await temporal.restart();
    assert.equal(temporal.current.address, address);
    const found = await withConnection(address, (connection) =>
      new Client({ connection }).workflow.getHandle('survivor').describe(),
    );
    assert.equal(found.status.name, 'RUNNING');
  });
});

describe('the search for a Temporal CLI', () => {
  it('refuses a TEMPORAL_CLI_PATH that is none, in one sentence', async () => {
    await assert.rejects(
      findTemporalCli(undefined, { env: { TEMPORAL_CLI_PATH: process.execPath } }),
      /^StartError: TEMPORAL_CLI_PATH \(.*\) is not a working Temporal CLI; correct it, or unset it/,
    );
  });

  it('passes over other programs called "temporal" and goes on to the cache', async () => {
    const dir = (await lab()).dir('temporal-cli-test');
    const real = await findTemporalCli();
    script(path.join(dir, 'path', 'temporal'), 'echo "a game about time"');
    script(path.join(dir, 'cache', 'tenure', 'bin', 'temporal'), `exec '${real}' "$@"`);
    const env = {
      PATH: `${path.join(dir, 'path')}:${process.env.PATH}`,
      XDG_CACHE_HOME: path.join(dir, 'cache'),
    };
    // Where a real one is on PATH as well, that one wins.
    const expected = real.startsWith(process.env.HOME ?? '~')
      ? path.join(dir, 'cache', 'tenure', 'bin', 'temporal')
      : real;
    assert.equal(await findTemporalCli(undefined, { env }), expected);
  });
});

describe('somebody else’s Temporal', () => {
  it('is named in one sentence when it does not answer', async () => {
    await assert.rejects(
      checkTemporal('127.0.0.1:1'),
      /^StartError: Temporal at TEMPORAL_ADDRESS \(127\.0\.0\.1:1\) does not answer: [^\n]*; correct TEMPORAL_ADDRESS/,
    );
  });
});

function script(file: string, line: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
}

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
