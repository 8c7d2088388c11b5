import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axios from 'axios';
import { execute, loginsTo } from './guest-harness.ts';
import { linux, testSandbox, until } from './vultr-harness.ts';

describe('the first boot of the guests', () => {
  const sandbox = testSandbox();
  const logins = loginsTo(sandbox);
  let server: Server;
  let received: Record<string, string>[] = [];
  before(async () => {
    await sandbox.start();
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push(Object.fromEntries(new URLSearchParams(body)));
        response.writeHead(request.url === '/report/token-1' ? 204 : 404).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    received = [];
  });
  afterEach(() => logins.endAll());
  after(async () => {
    server.close();
    await sandbox.remove();
  });

  const userData = (): string => {
    const script = [
      '#!/bin/sh',
      `url='http://127.0.0.1:${(server.address() as AddressInfo).port}/report/token-1'`,
      'for step in /etc/steps/*; do',
      '  sh "$step"',
      'done',
    ].join('\n');
    const unit = '[Service]\nExecStart=/usr/bin/docker compose -f /srv/compose.yaml up --detach\n';
    const compose = {
      services: {
        search: { image: 'qdrant/qdrant:v1', ports: ['127.0.0.1:6333:6333'] },
        web: { image: 'nginx:1', ports: ['28081:80'] },
        silent: { image: 'busybox' },
      },
    };
    const file = (path: string, content: string) => ({ path, content, permissions: '0700' });
    const config = {
      write_files: [
        file('/usr/local/bin/report', script),
        file('/etc/systemd/system/stack.service', unit),
        file('/srv/compose.yaml', JSON.stringify(compose)),
        file('/etc/steps/10-start', 'set -e\nsystemctl enable --now stack\n'),
      ],
      runcmd: [['/usr/local/bin/report']],
    };
    return `#cloud-config\n${JSON.stringify(config)}`;
  };
  const deploy = () => sandbox.deploy(linux, userData());

  it('runs commands, units and containers, whose ports are where they were published, and reports', async () => {
    const instance = await deploy();
    await until(() => Promise.resolve(received.length > 0 || undefined));
    assert.deepEqual(received, [{ status: 'ok', stage: 'done', log: '== done' }]);
    const client = await logins.password(instance, 'root', instance.default_password);
    const ask = (command: string) => execute(client, command);
    assert.equal((await ask('curl -fsS http://127.0.0.1:6333/readyz')).stdout, 'all shards are ready');
    assert.equal((await ask('curl -fsS http://127.0.0.1:6333/nowhere')).code, 22);
    assert.equal((await ask('curl -s -o /dev/null http://localhost:5678/')).code, 7);
    assert.equal((await ask('systemctl is-active stack')).stdout, 'active\n');
    assert.equal((await ask('systemctl is-active --quiet nothing')).code, 3);
    assert.equal((await axios.get(`http://${instance.main_ip}:28081/`)).status, 200);
    await assert.rejects(axios.get(`http://${instance.main_ip}:6333/readyz`), { code: 'ECONNREFUSED' });
  });

  it('happens once: after a reboot the services are back, and nothing is reported again', async () => {
    const instance = await deploy();
    await until(() => Promise.resolve(received.length > 0 || undefined));
    await sandbox.api.post(`/instances/${instance.id}/halt`);
    await assert.rejects(axios.get(`http://${instance.main_ip}:28081/`));
    await sandbox.api.post(`/instances/${instance.id}/start`);
    await until(() => axios.get(`http://${instance.main_ip}:28081/`).catch(() => undefined));
    assert.equal(received.length, 1);
  });

  it('goes wrong on demand', async () => {
    const failure = { stage: '10-start', log: 'no' };
    for (const trouble of [
      { kind: 'fails', failure },
      { kind: 'wrong-token' },
      { kind: 'twice' },
      { kind: 'silent' },
    ]) {
      assert.equal((await sandbox.levers.post('/guests/first-boot', trouble)).status, 204);
    }
    for (let guest = 1; guest <= 4; guest += 1) {
      await deploy();
      const expected = [1, 2, 4, 4][guest - 1];
      await until(() => Promise.resolve(received.length === expected || undefined));
    }
    assert.deepEqual(received[0], { status: 'failed', ...failure });
    assert.equal((await sandbox.levers.post('/guests/first-boot', { kind: 'explodes' })).status, 400);
    await sandbox.levers.delete('/guests/first-boot');
    const { data } = await sandbox.levers.get('/ledger', { params: { effect: 'guest.first-boot-reported' } });
    assert.deepEqual(
      data.entries.slice(-3).map(({ detail }) => detail.answers),
      [[204], [404], [204, 204]],
    );
  });
});
