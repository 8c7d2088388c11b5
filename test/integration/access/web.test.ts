import assert from 'node:assert/strict';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { type WebTarget, tryWeb } from '../../../activities/access/web.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

const PASSWORD = 'Abcdefgh23456789';
const BASIC = `Basic ${Buffer.from(`keeper:${PASSWORD}`).toString('base64')}`;

describe('trying an application on the web', () => {
  let server: Server;
  let address: string;
  let answer: (req: IncomingMessage, res: ServerResponse) => void;
  let asked: string[];

  before(async () => {
    server = createServer((req, res) => {
      asked.push(`${req.url} ${req.headers.authorization ?? ''}`.trim());
      answer(req, res);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
    answer = (req, res) => res.writeHead(req.headers.authorization === BASIC ? 200 : 401).end();
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const attempt = (change: Partial<WebTarget> = {}): Promise<void> =>
    tryWeb({
      address,
      port: 443,
      username: 'keeper',
      password: PASSWORD,
      path: '/',
      status: 200,
      signIn: 'basic',
      timeoutMs: 500,
      ...change,
    });
  const fails = async (call: Promise<void>, reason: string, upstream: string): Promise<void> => {
    const failure = await call.then(
      () => assert.fail('it succeeded'),
      (error: unknown) => error,
    );
    assert.ok(failure instanceof TenureFailure);
    assert.equal(failure.kind, 'retryable');
    assert.deepEqual([failure.details.reason, failure.details.upstream], [reason, upstream]);
    assert.ok(!inspect(failure, { depth: 20, showHidden: true }).includes(PASSWORD));
  };

  it('shows the password, and sees that it is asked for', async () => {
    await attempt({ address: `${address}/bot/`, path: '/me' });
    assert.deepEqual(asked, [`/bot/me ${BASIC}`, '/bot/me']);
  });

  it('asks once where people sign in by a form', async () => {
    answer = (_req, res) => res.writeHead(302, { Location: '/login' }).end();
    await attempt({ signIn: 'none', status: 302 });
    assert.deepEqual(asked, ['/']);
  });

  it('tells a refused password, another status and an open door apart', async () => {
    await fails(attempt({ password: 'Anderes23456789' }), 'credentials-refused', '401');
    answer = (_req, res) => res.writeHead(503).end();
    await fails(attempt(), 'not-answering', '503');
    answer = (_req, res) => res.end('welcome');
    await fails(attempt(), 'session-unusable', '200');
  });

  it('follows nowhere with the password', async () => {
    answer = (_req, res) => res.writeHead(302, { Location: `${address}/elsewhere` }).end();
    await fails(attempt(), 'not-answering', '302');
    assert.equal(asked.length, 1);
  });

  it('gives up on what never answers, and on what is not there', async () => {
    answer = () => undefined;
    await fails(attempt(), 'not-answering', 'timeout');
    await fails(attempt({ address: 'http://127.0.0.1:1' }), 'not-answering', 'ECONNREFUSED');
  });

  it('speaks TLS to an address without a scheme', async () => {
    const { port } = server.address() as AddressInfo;
    await fails(attempt({ address: '127.0.0.1', port }), 'not-answering', 'EPROTO');
  });
});
