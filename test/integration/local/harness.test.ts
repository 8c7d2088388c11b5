import assert from 'node:assert/strict';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { newPage } from '../../harness/browser.ts';
import { newDatabase, sharedMail, sharedTemporal } from '../../harness/stack.ts';
import { timeSkipping } from '../../harness/time-skipping.ts';

describe('the test stack', () => {
  it('gives every test file a migrated database of its own', async () => {
    const [one, other] = await Promise.all([newDatabase(), newDatabase()]);
    assert.notEqual(one.name, other.name);
    const client = new pg.Client({ connectionString: one.appUrl });
    await client.connect();
    const { rows } = await client.query('select rolbypassrls from pg_roles where rolname = current_user');
    await client.end();
    assert.deepEqual(rows, [{ rolbypassrls: false }]);
  });

  it('starts one Temporal for all', async () => {
    const [one, other] = await Promise.all([sharedTemporal(), sharedTemporal()]);
    assert.equal(one.current.pid, other.current.pid);
  });

  it('shows the mail catcher’s page in a real browser', async () => {
    const mail = await sharedMail();
    const page = await newPage({ width: 390, locale: 'de-DE' });
    await page.goto(mail.url);
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Mail');
    await page.context().close();
  });

  describe('with skipped time', () => {
    let environment: TestWorkflowEnvironment;
    before(async function () {
      environment = await timeSkipping(this);
    });

    it('lets days pass in no time', async () => {
      const before = await environment.currentTimeMs();
      await environment.sleep('3 days');
      const passedMs = (await environment.currentTimeMs()) - before;
      assert.ok(passedMs >= 3 * 86_400_000, `${passedMs} ms passed`);
    });
  });
});
