import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import {
  FIRST_BOOT_SCRIPT,
  FIRST_BOOT_STEPS,
  firstBootShell,
} from '../../../activities/access/first-boot.ts';
import { buildUserData } from '../../../activities/access/user-data.ts';
import { loadCatalog } from '../../../api/catalog/load.ts';
import { FirstBootReport } from '../../../schemas/api/first-boot.ts';

const PASSWORD = 'Abcdefgh23456789';
const URL_WITH_TOKEN = 'https://shop.example/v1/first-boot/tok-en_1';

interface CloudConfig {
  runcmd?: unknown[];
  write_files?: { path: string; content: string; permissions: string }[];
  [more: string]: unknown;
}
const linux = (reportUrl: string | null, cloudInit?: string): CloudConfig =>
  parse(
    buildUserData({
      image: { family: 'linux', access: { protocol: 'ssh', username: 'root' }, cloudInit },
      password: PASSWORD,
      reportUrl,
    }),
    { version: '1.1' },
  ) as CloudConfig;
const windows = (reportUrl: string | null, powershell?: string): string =>
  buildUserData({
    image: { family: 'windows', access: { protocol: 'rdp', username: 'Administrator' }, powershell },
    password: PASSWORD,
    reportUrl,
  });

describe('the end of a first boot in the user data', () => {
  it('is the last command on Linux, a script that only root reads', () => {
    const recipe = 'runcmd:\n  - echo first\nwrite_files:\n  - { path: /etc/motd, content: hi }\n';
    const config = linux(URL_WITH_TOKEN, recipe);
    assert.deepEqual(config.runcmd, ['echo first', [FIRST_BOOT_SCRIPT]]);
    const script = config.write_files?.find((file) => file.path === FIRST_BOOT_SCRIPT);
    assert.deepEqual(script, {
      path: FIRST_BOOT_SCRIPT,
      permissions: '0700',
      content: firstBootShell(URL_WITH_TOKEN),
    });
    assert.deepEqual(linux(URL_WITH_TOKEN).runcmd, [[FIRST_BOOT_SCRIPT]]);
  });

  it('is left out where nobody waits for it', () => {
    assert.equal(linux(null).runcmd, undefined);
    assert.ok(!JSON.stringify(linux(null)).includes('first-boot'));
    assert.ok(!windows(null).includes('tenure'));
  });

  it('comes after everything else on Windows, with the image’s own part before remote desktop', () => {
    const script = windows(URL_WITH_TOKEN, 'Set-Something\nSet-More');
    const places = [
      'net user',
      'Set-Something',
      'fDenyTSConnections',
      `$tenureUrl = '${URL_WITH_TOKEN}'`,
    ].map((part) => script.indexOf(part));
    assert.ok(!places.includes(-1));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.ok(!script.replaceAll('\r\n', '').includes('\n'));
    assert.ok(windows(null, 'Set-Something').includes('Set-Something'));
  });
});

/** The script itself, in `sh`, with its places on this machine moved into a directory. */
describe('the script at the end of a first boot', function () {
  this.timeout(20_000);
  let directory: string;
  let server: Server;
  let received: FirstBootReport[];
  let answers: number[];

  beforeEach(async () => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'tenure-first-boot-'));
    received = [];
    answers = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push(FirstBootReport.parse(Object.fromEntries(new URLSearchParams(body))));
        response.writeHead(answers.shift() ?? 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  async function run(steps: Record<string, string>): Promise<string> {
    const places = {
      [FIRST_BOOT_STEPS]: path.join(directory, 'steps'),
      '/var/log': directory,
      'sleep 10': 'sleep 0',
    };
    mkdirSync(path.join(directory, 'steps'));
    for (const [name, text] of Object.entries(steps))
      writeFileSync(path.join(directory, 'steps', name), text);
    const { port } = server.address() as AddressInfo;
    const script = Object.entries(places).reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      firstBootShell(`http://127.0.0.1:${port}/v1/first-boot/x`),
    );
    const file = path.join(directory, 'first-boot');
    writeFileSync(file, script, { mode: 0o700 });
    await promisify(execFile)('sh', [file]);
    return file;
  }

  it('runs the steps in order and says that all went well, once; then it is gone', async () => {
    const file = await run({ '20-b': 'echo "two: ü & 100 %"', '10-a': 'echo one >&2' });
    assert.deepEqual(received, [
      { status: 'ok', stage: 'done', log: '== 10-a\none\n== 20-b\ntwo:  & 100 %\n' },
    ]);
    assert.ok(!existsSync(file));
  });

  it('stops at the first step that fails, also in its middle or by an unset name', async () => {
    await run({
      '10-a': 'true',
      '20-b': 'echo begun\nfalse\necho not reached',
      '30-c': `touch ${directory}/c`,
    });
    assert.deepEqual(received, [{ status: 'failed', stage: '20-b', log: '== 10-a\n== 20-b\nbegun\n' }]);
    assert.ok(!existsSync(path.join(directory, 'c')));
  });

  it('sends the end of a long log only, in what the API takes', async () => {
    await run({ '10-long': 'for i in 1 2 3 4 5 6 7 8 9 0; do printf "%500s\\n" "$i"; done; exit 3' });
    assert.equal(received[0]?.log.length, 1_500);
    assert.match(received[0]?.log ?? '', / 0\n$/);
    assert.match(readFileSync(path.join(directory, 'tenure-first-boot.log'), 'utf8'), / 1\n/);
  });

  it('tries again while the API is away, and no more once it was heard or nobody waits', async () => {
    answers = [503, 429, 204];
    await run({});
    assert.equal(received.length, 3);
    rmSync(path.join(directory, 'steps'), { recursive: true });
    received = [];
    answers = [404];
    await run({});
    assert.equal(received.length, 1);
  });
});

describe('the shipped recipes', () => {
  /** Of https://cloudinit.readthedocs.io/en/latest/reference/modules.html, what they use. */
  const KNOWN = ['package_update', 'packages', 'timezone', 'users', 'write_files', 'runcmd'];
  const OF_TENURE = ['ssh_pwauth', 'disable_root', 'chpasswd'];

  it('are cloud-configs of known parts, whose files have modes as text and steps in their folder', async () => {
    const { images = [] } = await loadCatalog('catalog.yaml');
    const recipes = images.filter(({ family }) => family === 'linux');
    assert.deepEqual(recipes.map(({ key }) => key).sort(), ['agent-host', 'ai-workspace', 'ubuntu-24']);
    for (const { key, cloudInit } of recipes) {
      assert.match(cloudInit ?? '', /^#cloud-config\n/);
      const config = linux(URL_WITH_TOKEN, cloudInit);
      const unknown = Object.keys(config).filter((name) => ![...KNOWN, ...OF_TENURE].includes(name));
      assert.deepEqual(unknown, [], key);
      for (const { permissions, content } of config.write_files ?? []) {
        assert.match(permissions, /^0[0-7]{3}$/);
        assert.equal(typeof content, 'string');
      }
      const steps = config.write_files?.filter((file) => file.path.startsWith(`${FIRST_BOOT_STEPS}/`)) ?? [];
      assert.ok(steps.length > 0, key);
      for (const step of steps) {
        await promisify(execFile)('sh', ['-n', '-c', step.content]);
      }
    }
  });

  it('bind the workspace’s services to loopback, in pinned versions', async () => {
    const { images = [] } = await loadCatalog('catalog.yaml');
    const recipe = images.find(({ key }) => key === 'ai-workspace')?.cloudInit ?? '';
    const file = linux(null, recipe).write_files?.find(({ path: name }) => name.endsWith('compose.yaml'));
    const { services } = parse(file?.content ?? '') as {
      services: Record<string, { image: string; ports?: string[] }>;
    };
    for (const [name, { image, ports = [] }] of Object.entries(services)) {
      assert.match(image, /:v?\d+\.\d+\.\d+$/, name);
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
    }
  });
});
