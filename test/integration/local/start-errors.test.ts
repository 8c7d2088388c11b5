import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { startStripeSandbox } from '../../../deploy/sandbox/stripe/start.ts';
import { startVultrSandbox } from '../../../deploy/sandbox/vultr/start.ts';
import {
  childEnvironment,
  chooseParts,
  databaseUrls,
  takePorts,
} from '../../../workers/local/environment.ts';
import { StartError } from '../../../workers/local/errors.ts';
import { preflight } from '../../../workers/local/preflight.ts';
import { openPorts, openSecrets, openState } from '../../../workers/local/state.ts';
import { lab } from '../../harness/lab.ts';
import { newStateDir, runSupervisor } from '../../harness/supervisor.ts';

describe('npm start, when something is wrong', function () {
  this.timeout(60_000);
  let stateDir: string;
  before(async () => {
    stateDir = await newStateDir('start-errors-test');
  });

  /** It ends with exit code 1 and exactly one sentence on one line, and nothing of it is left. */
  const ends = async (sentence: RegExp, env: NodeJS.ProcessEnv, args: string[] = []): Promise<void> => {
    const run = await runSupervisor(stateDir, ['--no-demo', ...args], env);
    assert.equal(await run.exitCode, 1, run.output());
    assert.match(run.output().trim(), sentence);
    assert.equal(run.output().trim().split('\n').length, 1, run.output());
    for (const file of ['runtime.json', 'processes.json', 'supervisor.json']) {
      assert.ok(!existsSync(path.join(stateDir, file)), file);
    }
  };

  /** The look at the settings, with which every start begins, ends in the sentence. */
  const complains = async (sentence: RegExp, env: NodeJS.ProcessEnv): Promise<void> => {
    const state = openState(stateDir);
    const secrets = openSecrets(state);
    const look = async (): Promise<void> => {
      const parts = chooseParts(env);
      const ports = await takePorts(openPorts(state, env));
      const databases = databaseUrls(env.DATABASE_URL ?? 'postgres://127.0.0.1/tenure', secrets, env);
      await preflight(parts, childEnvironment({ parts, ports, secrets, databases, state, env }));
    };
    await assert.rejects(look(), (error: Error) => {
      assert.ok(error instanceof StartError, error.stack);
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  };

  it('a port in use', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    await ends(
      new RegExp(
        `^Port ${port} \\(API_PORT\\) is in use by another program; stop that program or choose another port\\.$`,
      ),
      { API_PORT: String(port) },
    );
    squatter.close();
  });

  it('an option that does not exist', () =>
    ends(/^Unknown option '--no-dmo'; npm start -- --help lists the options\.$/, {}, ['--no-dmo']));

  it('encryption keys that are none', () =>
    complains(/^The configuration is not usable: ENCRYPTION_KEYS: must be .*; correct the environment\.$/, {
      ENCRYPTION_KEYS: 'k1:c2hvcnQ=',
    }));

  it('a payment key without its webhook secret', () =>
    complains(/^STRIPE_SECRET_KEY is set but STRIPE_WEBHOOK_SECRET is not: /, {
      STRIPE_SECRET_KEY: 'sk_test_x',
    }));

  it('a payment key that is refused', async () => {
    const stateOfStripe = (await lab()).dir('start-errors-stripe');
    const stripe = await startStripeSandbox({
      ...{
        port: 0,
        stateDir: stateOfStripe,
        secretKey: 'sk_test_right',
        webhookSecret: 'whsec_x',
        webhookUrl: null,
      },
    });
    await complains(
      /^STRIPE_SECRET_KEY is refused by 127\.0\.0\.1:\d+ \(status 401\); correct it, or unset it/,
      {
        STRIPE_API_BASE: stripe.url,
        STRIPE_SECRET_KEY: 'sk_test_wrong',
        STRIPE_WEBHOOK_SECRET: 'whsec_x',
      },
    );
    await stripe.close();
  });

  it('a provider’s key that is refused', async () => {
    const stateOfVultr = (await lab()).dir('start-errors-vultr');
    const vultr = await startVultrSandbox({
      ...{ port: 0, stateDir: stateOfVultr, apiKey: 'right', bootMs: 1, guestSshPort: 0, guestRdpPort: 0 },
    });
    await complains(/^VULTR_API_KEY is refused by 127\.0\.0\.1:\d+ \(status 401\); correct it, or unset it/, {
      VULTR_API_BASE: vultr.url,
      VULTR_API_KEY: 'wrong',
    });
    await vultr.close();
  });

  it('a catalogue that cannot be read', () =>
    complains(
      /^The catalogue \S+nowhere\.yaml cannot be used: It cannot be read \(ENOENT\): set CATALOG_FILE/,
      {
        CATALOG_FILE: 'nowhere.yaml',
      },
    ));

  it('a real provider whose servers cannot report to this machine', () =>
    complains(
      /^PUBLIC_URL is http:\/\/127\.0\.0\.1:\d+, where servers at vultr cannot report .*: set PUBLIC_URL/,
      {
        VULTR_API_KEY: 'real',
      },
    ));

  it('a database that does not answer', () =>
    complains(
      /^Postgres at DATABASE_URL \(127\.0\.0\.1:1\/shop\) cannot be used: .*; correct DATABASE_URL, or unset/,
      {
        DATABASE_URL: 'postgres://ada:sesame@127.0.0.1:1/shop',
      },
    ));

  it('a Temporal that does not answer', () =>
    complains(
      /^Temporal at TEMPORAL_ADDRESS \(127\.0\.0\.1:1\) does not answer: .*; correct TEMPORAL_ADDRESS, or unset/,
      {
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      },
    ));

  it('a Temporal CLI that is none', () =>
    complains(/^TEMPORAL_CLI_PATH \(\/bin\/sh\) is not a working Temporal CLI; correct it, or unset/, {
      TEMPORAL_CLI_PATH: '/bin/sh',
    }));

  it('a mail server that does not answer', () =>
    complains(/^The mail server of SMTP_URL cannot be used: .*; correct SMTP_URL, or unset it/, {
      SMTP_URL: 'smtp://127.0.0.1:1',
    }));
});
