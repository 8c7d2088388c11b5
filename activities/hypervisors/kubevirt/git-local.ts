/** Moving a branch of a repository on this machine, as git itself does: under the ref's lock file. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import * as fs from 'node:fs';
import path from 'node:path';
import git from 'isomorphic-git';

/** @returns whether the branch was at `from` (`null`: did not exist) and now is at `to`. */
export async function moveLocalBranch(
  gitdir: string,
  branch: string,
  from: string | null,
  to: string,
): Promise<boolean> {
  const ref = `refs/heads/${branch}`;
  const file = path.join(gitdir, ref);
  await mkdir(path.dirname(file), { recursive: true });
  const lock = await open(`${file}.lock`, 'wx').catch((error: NodeJS.ErrnoException) => {
    // Somebody else is writing it.
    if (error.code === 'EEXIST') return null;
    throw error;
  });
  if (lock === null) return false;
  try {
    const now = await git.resolveRef({ fs, gitdir, ref }).catch(() => null);
    if (now !== from) return false;
    await lock.writeFile(`${to}\n`);
    await lock.sync();
    await rename(`${file}.lock`, file);
    return true;
  } finally {
    await lock.close();
    await rm(`${file}.lock`, { force: true });
  }
}
