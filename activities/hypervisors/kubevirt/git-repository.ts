/**
 * One branch of a git repository, written by many. Nothing is kept between two writes: each starts from the branch's
 * head and is lost unless it was pushed, so that a crash in between has had no effect and is simply done again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import git, { type HttpClient, type TreeEntry } from 'isomorphic-git';
import { TenureFailure } from '../../../schemas/failures.ts';
import { KEY_REFUSED, NO_ANSWER, RATE_LIMITED, SERVER_ERROR, answerLost } from '../../http/failures.ts';
import { CONFLICT } from './failures.ts';
import { moveLocalBranch } from './git-local.ts';

export interface GitOptions {
  /** `https://…`, `http://…`, or the path of a bare repository on this machine. */
  url: string;
  branch: string;
  /** Password for http(s), e.g. a deploy token. */
  token?: string;
  /** Time limit of one request, in ms. */
  timeoutMs: number;
}

/** Reads a file of the branch; `null` if there is none. */
export type ReadFile = (file: string) => Promise<string | null>;

export interface GitRepository {
  /** The files of a folder at the head of the branch. */
  files(folder: string): AsyncIterable<{ file: string; text: string }>;
  read: ReadFile;
  /**
   * Changes files at the head of the branch. If somebody else pushed first, `edit` is asked again on the new head.
   *
   * @param edit says what each file is to hold; `null` removes it.
   * @returns whether there was anything to change.
   * @throws TenureFailure `retryable` (`conflict`) if others always came first.
   */
  commit(message: string, edit: (read: ReadFile) => Promise<Record<string, string | null>>): Promise<boolean>;
}

const ATTEMPTS = 8;
/** The name that a commit has here until it is pushed. */
const NEXT_REF = 'refs/heads/tenure-next';
/** A working copy is thrown away after this many fetches: each leaves a pack behind. */
const FETCHES_PER_COPY = 200;

const AUTHOR = { name: 'Tenure', email: 'tenure@localhost' };

/** The working copies of this process. */
const copies = new Set<string>();

function removeAtExit(gitdir: string): void {
  if (copies.size === 0) {
    process.once('exit', () => {
      for (const each of copies) fs.rmSync(each, { recursive: true, force: true });
    });
  }
  copies.add(gitdir);
}

export function openGitRepository(options: GitOptions): GitRepository {
  const { url, branch, token, timeoutMs } = options;
  const isRemote = /^https?:\/\//.test(url);
  const http = httpClient(timeoutMs);
  const remote = {
    fs,
    http,
    url,
    // The user name says nothing where a token is the password.
    onAuth: () => ({ username: 'oauth2', password: token ?? '' }),
    onAuthFailure: () => ({ cancel: true }),
  };
  let copy: { gitdir: string; fetches: number } | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other: all share one copy. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  async function freshCopy(): Promise<string> {
    if (!isRemote) return url.replace(/^file:\/\//, '');
    if (copy !== null && copy.fetches >= FETCHES_PER_COPY) {
      await rm(copy.gitdir, { recursive: true, force: true });
      copies.delete(copy.gitdir);
      copy = null;
    }
    if (copy === null) {
      const gitdir = await mkdtemp(path.join(tmpdir(), 'tenure-gitops-'));
      removeAtExit(gitdir);
      await git.init({ fs, gitdir, bare: true });
      await git.addRemote({ fs, gitdir, remote: 'origin', url });
      copy = { gitdir, fetches: 0 };
    }
    copy.fetches += 1;
    return copy.gitdir;
  }

  /** The branch's newest commit; `null` if there is no such branch yet. */
  async function head(gitdir: string): Promise<string | null> {
    try {
      if (!isRemote) return await git.resolveRef({ fs, gitdir, ref: `refs/heads/${branch}` });
      const { fetchHead } = await git.fetch({
        ...remote,
        gitdir,
        ref: branch,
        singleBranch: true,
        depth: 1,
        tags: false,
      });
      return fetchHead;
    } catch (error) {
      if (isGitError(error, 'NotFoundError')) return null;
      throw failureOfGit(error, 'reading');
    }
  }

  /** @returns whether the branch still was at `parent`. */
  async function push(gitdir: string, parent: string | null, commit: string): Promise<boolean> {
    if (!isRemote) return moveLocalBranch(gitdir, branch, parent, commit);
    await git.writeRef({ fs, gitdir, ref: NEXT_REF, value: commit, force: true });
    try {
      const { ok } = await git.push({ ...remote, gitdir, ref: NEXT_REF, remoteRef: `refs/heads/${branch}` });
      return ok;
    } catch (error) {
      // Not a descendant of what is there now, found out here or there; an unknown commit is one of somebody else's.
      const codes = ['PushRejectedError', 'GitPushError', 'NotFoundError'];
      if (codes.some((code) => isGitError(error, code))) return false;
      throw failureOfGit(error, 'pushing');
    }
  }

  return {
    read: (file) =>
      inTurn(async () => {
        const gitdir = await freshCopy();
        return readAt(gitdir, await head(gitdir), file);
      }),

    async *files(folder) {
      const [gitdir, names] = await inTurn(async () => {
        const dir = await freshCopy();
        const commit = await head(dir);
        return [dir, commit === null ? [] : await listAt(dir, commit, folder)] as const;
      });
      for (const { file, oid } of names) {
        const { blob } = await inTurn(() => git.readBlob({ fs, gitdir, oid }));
        yield { file, text: Buffer.from(blob).toString('utf8') };
      }
    },

    commit: (message, edit) =>
      inTurn(async () => {
        const gitdir = await freshCopy();
        for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
          const parent = await head(gitdir);
          const changes = await edit((file) => readAt(gitdir, parent, file));
          let tree = parent === null ? null : (await git.readCommit({ fs, gitdir, oid: parent })).commit.tree;
          const before = tree;
          for (const [file, text] of Object.entries(changes)) {
            tree = await withFile(gitdir, tree, file.split('/'), text);
          }
          if (tree === before) return false;
          const commit = await writeCommit(gitdir, message, tree, parent);
          if (await push(gitdir, parent, commit)) return true;
          await sleep(Math.random() * 100 * attempt);
        }
        throw new TenureFailure('retryable', `Others changed the branch ${branch} each time first.`, {
          reason: CONFLICT,
        });
      }),
  };
}

async function writeCommit(
  gitdir: string,
  message: string,
  tree: string | null,
  parent: string | null,
): Promise<string> {
  const now = { timestamp: Math.floor(Date.now() / 1_000), timezoneOffset: 0 };
  const who = { ...AUTHOR, ...now };
  const root = tree ?? (await git.writeTree({ fs, gitdir, tree: [] }));
  const commit = {
    message: `${message}\n`,
    tree: root,
    parent: parent === null ? [] : [parent],
    author: who,
    committer: who,
  };
  return git.writeCommit({ fs, gitdir, commit });
}

async function readAt(gitdir: string, commit: string | null, filepath: string): Promise<string | null> {
  if (commit === null) return null;
  try {
    const { blob } = await git.readBlob({ fs, gitdir, oid: commit, filepath });
    return Buffer.from(blob).toString('utf8');
  } catch (error) {
    if (isGitError(error, 'NotFoundError')) return null;
    throw failureOfGit(error, 'reading');
  }
}

async function listAt(gitdir: string, oid: string, folder: string): Promise<{ file: string; oid: string }[]> {
  try {
    const { tree } = await git.readTree({ fs, gitdir, oid, filepath: folder === '' ? undefined : folder });
    return tree.filter(({ type }) => type === 'blob').map((entry) => ({ file: entry.path, oid: entry.oid }));
  } catch (error) {
    if (isGitError(error, 'NotFoundError')) return [];
    throw failureOfGit(error, 'reading');
  }
}

/** A tree with one file changed; `null` for one without any file. */
async function withFile(
  gitdir: string,
  tree: string | null,
  [name = '', ...deeper]: string[],
  text: string | null,
): Promise<string | null> {
  const entries: TreeEntry[] = tree === null ? [] : (await git.readTree({ fs, gitdir, oid: tree })).tree;
  const found = entries.find((entry) => entry.path === name);
  const others = entries.filter((entry) => entry !== found);
  const isFolder = deeper.length > 0;
  const inner = found?.type === 'tree' ? found.oid : null;
  const oid = isFolder
    ? await withFile(gitdir, inner, deeper, text)
    : text === null
      ? null
      : await git.writeBlob({ fs, gitdir, blob: Buffer.from(text, 'utf8') });
  const added: TreeEntry[] =
    oid === null
      ? []
      : [{ path: name, oid, mode: isFolder ? '040000' : '100644', type: isFolder ? 'tree' : 'blob' }];
  const changed = [...others, ...added];
  return changed.length === 0 ? null : git.writeTree({ fs, gitdir, tree: changed });
}

/** Sends each request whole, and limits its time to the last byte. */
function httpClient(timeoutMs: number): HttpClient {
  return {
    async request({ url, method = 'GET', headers = {}, body }) {
      const parts: Uint8Array[] = [];
      if (body) for await (const part of body) parts.push(part);
      const answer = await fetch(url, {
        method,
        headers,
        ...(parts.length > 0 && { body: Buffer.concat(parts) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return {
        url: answer.url,
        method,
        statusCode: answer.status,
        statusMessage: answer.statusText,
        headers: Object.fromEntries(answer.headers),
        body: (async function* () {
          yield bytes;
        })(),
      };
    },
  };
}

function isGitError(error: unknown, code: string): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === code;
}

/** The original error is not kept as the cause: it may carry the address with its token. */
function failureOfGit(error: unknown, doing: 'reading' | 'pushing'): TenureFailure {
  if (error instanceof TenureFailure) return error;
  const { code, data } = error as { code?: string; data?: { statusCode?: number } };
  const status = data?.statusCode;
  const upstream = String(status ?? code ?? (error as Error).name);
  const message = `The git repository failed while ${doing} (${upstream}).`;
  if (status === 401 || status === 403 || code === 'UserCanceledError') {
    const nextStep = 'Check KUBEVIRT_GIT_TOKEN: it must read and write the repository.';
    return new TenureFailure('needs-a-human', message, { reason: KEY_REFUSED, nextStep, upstream });
  }
  if (status === 404) {
    const nextStep = 'Check KUBEVIRT_GIT_URL.';
    return new TenureFailure('needs-a-human', message, { reason: KEY_REFUSED, nextStep, upstream });
  }
  if (status === 429)
    return new TenureFailure('throttled', message, { reason: RATE_LIMITED, retryAfterMs: 5_000, upstream });
  if (doing === 'pushing') return answerLost(message, upstream);
  const reason = status === undefined ? NO_ANSWER : SERVER_ERROR;
  return new TenureFailure('retryable', message, { reason, upstream });
}
