/** A real git server over smart HTTP (`git http-backend`), with a bare repository of its own and levers on pushing. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface GitServer {
  url: string;
  token: string;
  /** The bare repository. */
  gitdir: string;
  branch: string;
  /** What befalls the next push. */
  nextPush: {
    /** Done before it reaches the repository. */
    before?: () => Promise<unknown>;
    /** Cuts the connection: without or with its effect. */
    cut?: 'before' | 'after';
    /** Done when it has had its effect, and is not answered yet. */
    after?: () => Promise<unknown>;
  } | null;
  /** Runs git in the repository. */
  git(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

export async function startGitServer(): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'tenure-git-'));
  const gitdir = join(root, 'fleet.git');
  await run('git', ['init', '--bare', '--quiet', '--initial-branch=main', gitdir]);
  await run('git', ['-C', gitdir, 'config', 'http.receivepack', 'true']);
  const token = 'git-test-token';
  const wanted = `Basic ${Buffer.from(`oauth2:${token}`).toString('base64')}`;

  const server = createServer((req, res) => {
    if (req.headers.authorization !== wanted) {
      res.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
      return;
    }
    serve(req, res).catch(() => res.destroy());
  });
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    const isPush = req.method === 'POST' && (req.url ?? '').endsWith('/git-receive-pack');
    const fate = isPush ? handle.nextPush : null;
    if (isPush) handle.nextPush = null;
    await fate?.before?.();
    if (fate?.cut === 'before') return void req.socket.destroy();
    const { status, headers, body } = await backend(root, req, Buffer.concat(parts));
    await fate?.after?.();
    if (fate?.cut === 'after') return void req.socket.destroy();
    res.writeHead(status, headers).end(body);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const handle: GitServer = {
    url: `http://127.0.0.1:${port}/fleet.git`,
    token,
    gitdir,
    branch: 'main',
    nextPush: null,
    git: async (...args) => (await run('git', ['-C', gitdir, ...args])).stdout.trim(),
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await rm(root, { recursive: true, force: true });
    },
  };
  return handle;
}

/** Runs git's own CGI program for one request. */
async function backend(
  root: string,
  req: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  const { pathname, search } = new URL(req.url ?? '/', 'http://git');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: req.method ?? 'GET',
      CONTENT_TYPE: req.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      REMOTE_USER: 'oauth2',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(body);
  const parts: Buffer[] = [];
  for await (const part of child.stdout) parts.push(part as Buffer);
  const output = Buffer.concat(parts);
  const gap = output.indexOf('\r\n\r\n');
  const headers = Object.fromEntries(
    output
      .subarray(0, gap)
      .toString()
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const),
  );
  const { Status: status = '200', ...rest } = headers;
  return { status: Number.parseInt(status, 10), headers: rest, body: output.subarray(gap + 4) };
}
