import { constants } from 'node:fs';
import {
  type FileHandle,
  chmod,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  truncate,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from 'ssh2';
import type { GuestFiles } from './files.ts';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** Entries per READDIR answer; keeps each packet well below the 32 KiB that every client takes. */
const entriesPerAnswer = 64;

type Opened = { file: FileHandle } | { directory: string; names: string[] };

/**
 * Serves SFTP (version 3, draft-ietf-secsh-filexfer-02) on a guest's files.
 *
 * @param home where relative paths start.
 */
export function serveSftp(sftp: SFTPWrapper, files: GuestFiles, home: string): void {
  const opened = new Map<number, Opened>();
  let lastHandle = 0;
  const path = (given: string): string => files.hostPath(home, given);

  const give = (id: number, thing: Opened): void => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE((lastHandle += 1));
    opened.set(lastHandle, thing);
    sftp.handle(id, handle);
  };
  const fileOf = (handle: Buffer): FileHandle => {
    const thing = handle.length === 4 ? opened.get(handle.readUInt32BE()) : undefined;
    if (!thing || !('file' in thing)) throw new Error('not an open file');
    return thing.file;
  };
  /** Does the work and answers with its failure, or with success when the work has not answered itself. */
  const reply = (id: number, work: () => Promise<'answered' | 'done'>): void => {
    work().then(
      (result) => {
        if (result === 'done') sftp.status(id, STATUS_CODE.OK);
      },
      (error: NodeJS.ErrnoException) => sftp.status(id, statusOf(error), error.message.split(',')[0]),
    );
  };

  sftp.on('REALPATH', (id, given) => {
    const real = files.guestPath(home, given);
    sftp.name(id, [{ filename: real, longname: real, attrs: noAttributes }]);
  });
  sftp.on('OPEN', (id, given, flags, attributes) =>
    reply(id, async () => {
      const file = await open(path(given), openFlags(flags), (attributes.mode ?? 0o644) | 0o600);
      give(id, { file });
      return 'answered';
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    reply(id, async () => {
      const { bytesRead, buffer } = await fileOf(handle).read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
      return 'answered';
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) =>
    reply(id, async () => {
      await fileOf(handle).write(data, 0, data.length, offset);
      return 'done';
    }),
  );
  sftp.on('CLOSE', (id, handle) =>
    reply(id, async () => {
      const key = handle.readUInt32BE();
      const thing = opened.get(key);
      opened.delete(key);
      if (thing && 'file' in thing) await thing.file.close();
      return 'done';
    }),
  );
  sftp.on('OPENDIR', (id, given) =>
    reply(id, async () => {
      give(id, { directory: path(given), names: ['.', '..', ...(await readdir(path(given)))] });
      return 'answered';
    }),
  );
  sftp.on('READDIR', (id, handle) =>
    reply(id, async () => {
      const thing = opened.get(handle.readUInt32BE());
      if (!thing || !('names' in thing)) throw new Error('not an open directory');
      const names = thing.names.splice(0, entriesPerAnswer);
      if (names.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.name(id, await Promise.all(names.map((name) => entryOf(thing.directory, name))));
      return 'answered';
    }),
  );
  const answerStat = (id: number, given: string): void =>
    reply(id, async () => {
      sftp.attrs(id, attributesOf(await stat(path(given))));
      return 'answered';
    });
  sftp.on('STAT', answerStat);
  sftp.on('LSTAT', answerStat);
  sftp.on('FSTAT', (id, handle) =>
    reply(id, async () => {
      sftp.attrs(id, attributesOf(await fileOf(handle).stat()));
      return 'answered';
    }),
  );
  sftp.on('SETSTAT', (id, given, attributes) =>
    reply(id, async () => {
      const { mode, size, atime, mtime } = attributes as Partial<Attributes>;
      if (mode !== undefined) await chmod(path(given), mode | 0o600);
      if (size !== undefined) await truncate(path(given), size);
      if (atime !== undefined && mtime !== undefined) await utimes(path(given), atime, mtime);
      return 'done';
    }),
  );
  sftp.on('FSETSTAT', (id, handle, attributes) =>
    reply(id, async () => {
      const { mode, size, atime, mtime } = attributes as Partial<Attributes>;
      if (mode !== undefined) await fileOf(handle).chmod(mode | 0o600);
      if (size !== undefined) await fileOf(handle).truncate(size);
      if (atime !== undefined && mtime !== undefined) await fileOf(handle).utimes(atime, mtime);
      return 'done';
    }),
  );
  sftp.on('MKDIR', (id, given) => reply(id, () => mkdir(path(given)).then(() => 'done')));
  sftp.on('RMDIR', (id, given) => reply(id, () => rmdir(path(given)).then(() => 'done')));
  sftp.on('REMOVE', (id, given) => reply(id, () => rm(path(given)).then(() => 'done')));
  sftp.on('RENAME', (id, from, to) => reply(id, () => rename(path(from), path(to)).then(() => 'done')));
  // A link could point out of the guest.
  sftp.on('SYMLINK', (id) => sftp.status(id, STATUS_CODE.OP_UNSUPPORTED));
  sftp.on('READLINK', (id) => sftp.status(id, STATUS_CODE.OP_UNSUPPORTED));

  sftp.on('close', () => {
    for (const thing of opened.values()) if ('file' in thing) void thing.file.close();
    opened.clear();
  });
}

const noAttributes: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

function openFlags(flags: number): number {
  const reads = (flags & OPEN_MODE.READ) !== 0;
  const writes = (flags & OPEN_MODE.WRITE) !== 0;
  let native = writes ? (reads ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  if (flags & OPEN_MODE.APPEND) native |= constants.O_APPEND;
  if (flags & OPEN_MODE.CREAT) native |= constants.O_CREAT;
  if (flags & OPEN_MODE.TRUNC) native |= constants.O_TRUNC;
  if (flags & OPEN_MODE.EXCL) native |= constants.O_EXCL;
  return native;
}

async function entryOf(directory: string, name: string): Promise<FileEntry> {
  // The parent of a guest's root is its root.
  const stats = await stat(name === '..' ? directory : join(directory, name));
  const kind = stats.isDirectory() ? 'd' : '-';
  const longname = `${kind}rw-r--r-- 1 root root ${stats.size} ${stats.mtime.toISOString().slice(0, 10)} ${name}`;
  return { filename: name, longname, attrs: attributesOf(stats) };
}

function attributesOf(stats: Awaited<ReturnType<typeof stat>>): Attributes {
  return {
    mode: Number(stats.mode),
    uid: 0,
    gid: 0,
    size: Number(stats.size),
    atime: Math.floor(Number(stats.atimeMs) / 1_000),
    mtime: Math.floor(Number(stats.mtimeMs) / 1_000),
  };
}

function statusOf(error: NodeJS.ErrnoException): number {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return STATUS_CODE.NO_SUCH_FILE;
    case 'EACCES':
    case 'EPERM':
      return STATUS_CODE.PERMISSION_DENIED;
    default:
      return STATUS_CODE.FAILURE;
  }
}
