import assert from 'node:assert/strict';
import { newDatabase, newNamespace, sharedMail, sharedTemporal } from '../../harness/stack.ts';
import { newStateDir, runSupervisor } from '../../harness/supervisor.ts';

describe('npm start with somebody else’s Postgres, Temporal and mail server', function () {
  this.timeout(120_000);

  it('uses them and starts none of its own', async () => {
    const [database, temporal, mail] = await Promise.all([newDatabase(), sharedTemporal(), sharedMail()]);
    const run = await runSupervisor(await newStateDir('start-outside-test'), [], {
      DATABASE_URL: database.adminUrl,
      TEMPORAL_ADDRESS: temporal.current.address,
      TEMPORAL_NAMESPACE: await newNamespace(temporal.current, 'start-outside-test'),
      SMTP_URL: mail.smtpUrl,
    });
    await run.until(/It stays up until Ctrl-C/);
    const { pids, addresses } = run.runtime();
    assert.deepEqual(Object.keys(pids).sort(), ['api', 'sandbox', 'supervisor', 'worker']);
    assert.equal(addresses.mail, null);
    const ready = await fetch(`${addresses.api}/readyz`);
    assert.deepEqual(await ready.json(), {
      ready: true,
      checks: { database: 'ok', gateway: 'ok', temporal: 'ok' },
    });
    assert.match(run.output(), /No purchase is played: it would be a real one/);

    run.kill('SIGINT');
    assert.equal(await run.exitCode, 0);
    assert.equal((await fetch(temporal.current.uiUrl)).status, 200, 'the other Temporal goes on');
  });
});
