import { mkdirSync } from 'node:fs';
import { appendFile, chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { FirstBootFile } from './cloud-config.ts';
import type { OsFamily } from './record.ts';

/** The file system of one guest: a directory on this machine that the guest takes for its root or drive C:. */
export interface GuestFiles {
  /**
   * The absolute, normal form of a path inside the guest.
   *
   * @param cwd what a relative path is relative to.
   */
  guestPath(cwd: string, path: string): string;
  /**
   * The same path on this machine. Whatever the path says, it stays inside the guest's directory: a guest's `/..`
   * is its `/`, and nothing makes symbolic links in there.
   */
  hostPath(cwd: string, path: string): string;
}

/** Opens the file system of a guest below `root`. */
export function guestFiles(root: string, family: OsFamily): GuestFiles {
  const guestPath = (cwd: string, path: string): string => {
    // A NUL would end the path early in the kernel.
    const plain = path.replaceAll('\0', '');
    return posix.resolve('/', cwd, family === 'windows' ? fromDrive(plain) : plain);
  };
  return { guestPath, hostPath: (cwd, path) => join(root, guestPath(cwd, path)) };
}

/** `C:\Users` and OpenSSH's `/C:/Users` are both `/Users`. */
function fromDrive(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\/?[A-Za-z]:(?=\/|$)/, '/');
}

/** Makes the directories that a login needs. */
export function makeHomes(files: GuestFiles, homes: string[]): void {
  for (const home of ['/tmp', ...homes]) mkdirSync(files.hostPath('/', home), { recursive: true });
}

/** Writes what first boot writes, in order. */
export async function writeFirstBootFiles(files: GuestFiles, wanted: FirstBootFile[]): Promise<void> {
  for (const { path, content, append, mode } of wanted) {
    const target = files.hostPath('/', path);
    await mkdir(dirname(target), { recursive: true });
    await (append ? appendFile(target, content) : writeFile(target, content));
    // Whatever the guest says, this machine's user must be able to copy and remove the file.
    await chmod(target, mode | 0o600);
  }
}

/** The bytes of all files below a directory. */
export async function bytesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
