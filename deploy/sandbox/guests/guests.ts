import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ledger } from '../shared/ledger.ts';
import { openStore } from '../shared/store.ts';
import { keepAddress } from './addresses.ts';
import { selfSignedCertificate } from './certificate.ts';
import { applyCloudConfig } from './cloud-config.ts';
import { bytesBelow, guestFiles, makeHomes, writeFirstBootFiles } from './files.ts';
import { createInsides, type Insides } from './insides.ts';
import { type CountTraffic, type Listener, listenOn } from './listener.ts';
import { applyPowershell } from './powershell.ts';
import { rdpServer } from './rdp.ts';
import { type GuestRecord, type OsFamily, newAccount, setPassword, superuserOf } from './record.ts';
import { sshServer } from './ssh.ts';
import { createTroubles, type Troubles } from './first-boot-troubles.ts';

/** What a fresh guest is made of. */
export interface GuestSetup {
  family: OsFamily;
  osName: string;
  hostname: string;
  /** First-boot user data in plain text; empty for none. */
  userData: string;
  /** Password of root or Administrator, or of `linuxuser` under the limited scheme. */
  initialPassword: string;
  /** Log in as `linuxuser`, who may use sudo, instead of root. */
  limitedUser: boolean;
  /** Public keys for the first account. */
  authorizedKeys: string[];
  /** The image to start from, with its files and accounts; the initial password is not used then. */
  image?: string;
}

/** The machines inside the sandbox's instances. Calls for one guest are carried out one after the other. */
export interface Guests {
  /** (Re)creates a guest: its accounts, host key and files. It does not listen yet. */
  install(id: string, setup: GuestSetup): Promise<void>;
  /** Opens the guest's listeners; its first boot, if that is not through, goes on beside. @throws Error when its address is taken. */
  boot(id: string, address: string): Promise<void>;
  /** Closes its listeners and cuts its connections; harmless when it is down. */
  shutDown(id: string): Promise<void>;
  /** Shuts it down and removes everything of it. */
  destroy(id: string): Promise<void>;
  /** Copies files and accounts into an image. @returns the bytes copied. */
  capture(id: string, image: string): Promise<number>;
  /** Puts an image's files and accounts in place of the guest's, which must be down. */
  restore(id: string, image: string): Promise<void>;
  removeImage(image: string): Promise<void>;
  /** What goes wrong at the next first boots. */
  troubles: Troubles;
  /** Removes guests and images that are not among these: leftovers of a kill halfway. */
  keepOnly(ids: ReadonlySet<string>, images: ReadonlySet<string>): void;
  /** Shuts all guests down; they are as they were when opened again. */
  close(): Promise<void>;
}

interface GuestsState {
  guests: Record<string, GuestRecord>;
  images: Record<string, GuestRecord>;
}

/**
 * Opens the guests kept in a directory.
 *
 * @param stateDir holds `guests/<id>/` with each guest's files, `images/<id>/`, and the accounts in `guests.log`.
 * @param ports where guests listen, each on its own address.
 * @param countTraffic told of every finished connection.
 */
export function openGuests(
  stateDir: string,
  ports: { ssh: number; rdp: number },
  ledger: Ledger,
  countTraffic: (id: string, ...bytes: Parameters<CountTraffic>) => void,
): Guests {
  const store = openStore<GuestsState>(join(stateDir, 'guests.log'), () => ({ guests: {}, images: {} }));
  const { state } = store;
  const listeners = new Map<string, Listener[]>();
  const insides = new Map<string, Insides>();
  const troubles = createTroubles();
  const inTurn = createTurns();
  const filesDir = (id: string): string => join(stateDir, 'guests', id);
  const imageDir = (image: string): string => join(stateDir, 'images', image);
  for (const parent of ['guests', 'images']) mkdirSync(join(stateDir, parent), { recursive: true });

  const shutDown = async (id: string): Promise<void> => {
    const open = listeners.get(id) ?? [];
    listeners.delete(id);
    const inside = insides.get(id);
    insides.delete(id);
    await Promise.all([inside?.close(), ...open.map((listener) => listener.close())]);
  };

  const install = async (id: string, setup: GuestSetup): Promise<void> => {
    await shutDown(id);
    await rm(filesDir(id), { recursive: true, force: true });
    mkdirSync(filesDir(id), { recursive: true });
    const image = setup.image === undefined ? undefined : state.images[setup.image];
    if (setup.image !== undefined) await cp(imageDir(setup.image), filesDir(id), { recursive: true });
    const guest = image ? fromImage(image, setup) : freshGuest(setup);
    const files = guestFiles(filesDir(id), guest.family);
    const linux = guest.family === 'linux' ? applyCloudConfig(guest, setup.userData) : undefined;
    const reportUrl = guest.family === 'windows' ? applyPowershell(guest, setup.userData) : undefined;
    guest.firstBoot = firstBootOf(linux?.commands ?? [], reportUrl, troubles);
    makeHomes(
      files,
      Object.values(guest.accounts).map((account) => account.home),
    );
    await writeFirstBootFiles(files, linux?.files ?? []);
    state.guests[id] = guest;
    store.save('guests', id);
  };

  const boot = async (id: string, address: string): Promise<void> => {
    const guest = state.guests[id];
    if (!guest || listeners.has(id)) return;
    keepAddress(address);
    const count: CountTraffic = (...bytes) => countTraffic(id, ...bytes);
    const open: Listener[] = [];
    listeners.set(id, open);
    const files = guestFiles(filesDir(id), guest.family);
    const inside = createInsides(guest, files, address, {
      changed: () => store.save('guests', id),
      record: (effect, detail) => ledger.record({ effect, id, detail }),
    });
    insides.set(id, inside);
    const ssh = sshServer(guest, files, {
      innerAddress: inside.addressOf,
      loggedIn: ({ name }, method) =>
        ledger.record({ effect: 'guest.login', id, detail: { user: name, method, service: 'ssh' } }),
      passwordChanged: (name) => {
        store.save('guests', id);
        ledger.record({ effect: 'password.changed', id, detail: { user: name } });
      },
    });
    try {
      open.push(await listenOn(address, ports.ssh, ssh, count));
      if (guest.tls) {
        const rdp = rdpServer(guest.tls, (protocol) =>
          ledger.record({ effect: 'guest.rdp-handshake', id, detail: { protocol } }),
        );
        open.push(await listenOn(address, ports.rdp, rdp, count));
      }
      inside.wake();
    } catch (error) {
      await shutDown(id);
      throw error;
    }
  };

  const removeGuest = (id: string): void => {
    delete state.guests[id];
    store.save('guests', id);
    rmSync(filesDir(id), { recursive: true, force: true });
  };
  const removeImage = (image: string): void => {
    delete state.images[image];
    store.save('images', image);
    rmSync(imageDir(image), { recursive: true, force: true });
  };

  return {
    install: (id, setup) => inTurn(id, () => install(id, setup)),
    boot: (id, address) => inTurn(id, () => boot(id, address)),
    shutDown: (id) => inTurn(id, () => shutDown(id)),
    destroy: (id) => inTurn(id, () => shutDown(id).then(() => removeGuest(id))),
    capture: (id, image) =>
      inTurn(id, async () => {
        const guest = state.guests[id];
        if (!guest) throw new Error(`There is no guest ${id} to capture.`);
        await cp(filesDir(id), imageDir(image), { recursive: true });
        state.images[image] = structuredClone(guest);
        store.save('images', image);
        return bytesBelow(imageDir(image));
      }),
    restore: (id, image) =>
      inTurn(id, async () => {
        const captured = state.images[image];
        if (!captured) throw new Error(`There is no image ${image} to restore.`);
        await rm(filesDir(id), { recursive: true, force: true });
        await cp(imageDir(image), filesDir(id), { recursive: true });
        state.guests[id] = structuredClone(captured);
        store.save('guests', id);
      }),
    troubles,
    removeImage: (image) => inTurn(image, () => Promise.resolve(removeImage(image))),
    keepOnly: (ids, images) => {
      for (const id of new Set([...readdirSync(join(stateDir, 'guests')), ...Object.keys(state.guests)]))
        if (!ids.has(id)) removeGuest(id);
      for (const id of new Set([...readdirSync(join(stateDir, 'images')), ...Object.keys(state.images)]))
        if (!images.has(id)) removeImage(id);
    },
    close: async () => {
      await Promise.all([...listeners.keys()].map((id) => inTurn(id, () => shutDown(id))));
      store.close();
    },
  };
}

/** What the user data leaves to be done after the installation; nothing if it has no commands. */
function firstBootOf(
  commands: string[],
  reportUrl: string | undefined,
  troubles: Troubles,
): GuestRecord['firstBoot'] {
  if (commands.length === 0 && reportUrl === undefined) return undefined;
  const trouble = troubles.take();
  return { commands, done: false, ...(reportUrl && { reportUrl }), ...(trouble && { trouble }) };
}

function freshGuest(setup: GuestSetup): GuestRecord {
  const { family } = setup;
  const superuser = newAccount(family, superuserOf(family));
  const limited = setup.limitedUser
    ? { ...newAccount(family, 'linuxuser'), sudo: 'free' as const }
    : undefined;
  const first = limited ?? superuser;
  setPassword(first, setup.initialPassword);
  first.authorizedKeys.push(...setup.authorizedKeys);
  return {
    ...identity(setup),
    accounts: Object.fromEntries([superuser, first].map((account) => [account.name, account])),
    passwordLogin: true,
    rootLogin: limited === undefined,
  };
}

/** A new machine from an image: the image's accounts and settings under a new name and host key. */
function fromImage(image: GuestRecord, setup: GuestSetup): GuestRecord {
  const guest = { ...structuredClone(image), ...identity({ ...setup, family: image.family }) };
  guest.accounts[superuserOf(guest.family)]?.authorizedKeys.push(...setup.authorizedKeys);
  return guest;
}

function identity({
  family,
  osName,
  hostname,
}: GuestSetup): Pick<GuestRecord, 'family' | 'osName' | 'hostname' | 'hostKey' | 'tls'> {
  return {
    family,
    osName,
    hostname,
    hostKey: newHostKey(),
    tls: family === 'windows' ? selfSignedCertificate(hostname.slice(0, 64)) : undefined,
  };
}

/** A P-256 key; ssh2's own generator of Ed25519 keys makes one in some four hundred that ssh2 cannot read. */
function newHostKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

/** Runs work for the same key one after the other, in the order asked. */
function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, turn);
    const forget = (): void => {
      if (last.get(key) === turn) last.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  };
}
