import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import { buildUserData, checkCloudInit } from '../../../activities/access/user-data.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

const PASSWORD = 'Abcdefgh23456789';

/** What `checkPassword` lets through: among it much that YAML could take for numbers or dates. */
const passwords = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+=@-]{11,40}$/),
  fc.stringMatching(/^[0-9]{12,20}$/),
  fc.stringMatching(/^[0-9]{6,10}e[0-9]{6,10}$/),
  fc.constantFrom('0x0123456789ab', '0o012345670123', '2026-01-01-12345', '1_000_000_000', '123456789012.5'),
);
const usernames = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,31}$/),
  fc.constantFrom('yes', 'no', 'on', 'null', 'true', 'y', 'root'),
);

const linux = (username: string, cloudInit?: string, password = PASSWORD): string =>
  buildUserData({
    image: { family: 'linux', access: { protocol: 'ssh', username }, cloudInit },
    password,
  });

interface CloudConfig {
  ssh_pwauth: unknown;
  chpasswd: { expire: unknown; users: { name: unknown; password: unknown; type: unknown }[] };
  users?: unknown[];
  [more: string]: unknown;
}
const read = (userData: string, version: '1.1' | '1.2' = '1.1'): CloudConfig =>
  parse(userData, { version }) as CloudConfig;

describe('first-boot data for Linux', () => {
  it('says the same name and password to readers of YAML 1.1 and 1.2, whatever they are', () => {
    fc.assert(
      fc.property(usernames, passwords, (username, password) => {
        const userData = linux(username, undefined, password);
        assert.ok(userData.startsWith('#cloud-config\n'));
        for (const version of ['1.1', '1.2'] as const) {
          const { ssh_pwauth, chpasswd } = read(userData, version);
          assert.equal(ssh_pwauth, true);
          assert.deepEqual(chpasswd, { expire: false, users: [{ name: username, password, type: 'text' }] });
        }
      }),
    );
  });

  it('opens sshd for root, and gives anybody else sudo beside the image’s own user', () => {
    const root = read(linux('root'));
    assert.equal(root['disable_root'], false);
    assert.match(JSON.stringify(root['write_files']), /sshd_config\.d.*PermitRootLogin yes/);
    assert.equal(root.users, undefined);
    const kim = read(linux('kim'));
    assert.deepEqual(kim.users, [
      'default',
      { name: 'kim', shell: '/bin/bash', lock_passwd: false, sudo: 'ALL=(ALL) NOPASSWD:ALL' },
    ]);
    assert.equal(kim['write_files'], undefined);
  });

  it('keeps what the plan wants, as it is written, and wins only for the account', () => {
    const plan = [
      '#cloud-config',
      '# three containers',
      'packages: [docker.io]',
      'ssh_pwauth: false',
      'users:',
      '  - kim',
      '  - { name: kim, groups: docker, lock_passwd: true }',
      '  - name: deploy',
      'chpasswd:',
      '  expire: true',
      '  users:',
      '    - { name: deploy, password: $6$x, type: hash }',
      '    - { name: kim, password: old, type: text }',
      'write_files:',
      '  - path: /etc/motd',
      '    permissions: 0644',
      '    content: |',
      '      yes: "quoted"',
      'runcmd:',
      '  - docker compose up -d',
    ].join('\n');
    const userData = linux('kim', plan);
    const config = read(userData);
    assert.deepEqual(config['packages'], ['docker.io']);
    assert.deepEqual(config['runcmd'], ['docker compose up -d']);
    assert.deepEqual(config['write_files'], [
      { path: '/etc/motd', permissions: 0o644, content: 'yes: "quoted"\n' },
    ]);
    assert.equal(config.ssh_pwauth, true);
    assert.deepEqual(config.users, [
      {
        name: 'kim',
        groups: 'docker',
        lock_passwd: false,
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
      },
      { name: 'deploy' },
    ]);
    assert.deepEqual(config.chpasswd, {
      expire: false,
      users: [
        { name: 'deploy', password: '$6$x', type: 'hash' },
        { name: 'kim', password: PASSWORD, type: 'text' },
      ],
    });
    assert.match(userData, /^#cloud-config\n# three containers\n/);
    assert.match(userData, /permissions: 0644/);
  });

  it('appends to any list of commands without changing one', () => {
    const commands = fc.array(fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 1 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(commands, (runcmd) => {
        const config = read(linux('root', JSON.stringify({ runcmd })));
        assert.deepEqual(config['runcmd'], runcmd);
      }),
    );
  });

  for (const [what, cloudInit] of [
    ['broken YAML', 'packages: [a\nb: c'],
    ['a list', '- a\n- b'],
    ['a script', '#!/bin/sh\necho hi'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['users that are no list', 'users: kim'],
    ['a chpasswd that is no mapping', 'chpasswd: [kim]'],
    ['an unknown anchor', 'a: *b'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const isRefused = (error: unknown): boolean =>
        error instanceof TenureFailure &&
        error.kind === 'refused' &&
        error.details.reason === 'bad-cloud-init';
      assert.throws(() => linux('root', cloudInit), isRefused);
      assert.throws(() => checkCloudInit(cloudInit), isRefused);
    });
  }

  it('refuses a password that is not safe to carry', () => {
    assert.throws(() => linux('root', undefined, 'Abcdefgh2345\nroot:owned'), TenureFailure);
  });
});

describe('first-boot data for an application on the web', () => {
  it('is a list of variables, whatever name and password are', () => {
    fc.assert(
      fc.property(usernames, passwords, (username, password) => {
        const web = { path: '/', status: 200, signIn: 'basic' } as const;
        const userData = buildUserData({
          image: { family: 'linux', access: { protocol: 'web', username, web } },
          password,
        });
        assert.equal(userData, `TENURE_USERNAME=${username}\nTENURE_PASSWORD=${password}\n`);
      }),
    );
  });
});

describe('first-boot data for Windows', () => {
  const windows = (username: string, password: string): string[] =>
    buildUserData({ image: { family: 'windows', access: { protocol: 'rdp', username } }, password }).split(
      '\r\n',
    );

  it('sets the name and password, whatever they are, in single quotes that nothing in them can end', () => {
    fc.assert(
      fc.property(usernames, passwords, (username, password) => {
        const lines = windows(username, password);
        assert.equal(lines[0], '#ps1_sysnative');
        assert.equal(lines[1], `net user '${username}' '${password}' /add /y`);
        // Windows PowerShell reads a script without a byte order mark in the local code page, and takes typographic
        // quotes for quotes.
        for (const line of lines) assert.match(line, /^[\x20-\x7e]*$/);
      }),
    );
  });

  it('does not add the administrator, who is there', () => {
    const lines = windows('Administrator', PASSWORD);
    assert.equal(lines[1], `net user 'Administrator' '${PASSWORD}' /y`);
    assert.ok(!lines.some((line) => line.startsWith('Add-LocalGroupMember')));
  });

  it('makes anybody else an administrator who may use remote desktop, and opens it last', () => {
    const lines = windows('kim', PASSWORD);
    assert.equal(lines.filter((line) => line.startsWith('Add-LocalGroupMember')).length, 2);
    assert.match(lines.at(-2) ?? '', /fDenyTSConnections -Value 0$/);
  });
});
