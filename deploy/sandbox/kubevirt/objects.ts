import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { lookUp } from '../shared/lookup.ts';
import { alreadyExists, conflict, notFound } from './status.ts';
import type { KubeObject, KubeStore, Metadata } from './state.ts';

/** A kind that the cluster serves. */
export interface Kind {
  group: string;
  version: string;
  plural: string;
  kind: string;
}

export interface Event {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  version: number;
  plural: string;
  object: KubeObject;
}

/** An object as a client sends it. */
export interface Sent {
  apiVersion: string;
  kind: string;
  metadata: Partial<Metadata> & { name: string };
  spec?: Record<string, unknown>;
  [part: string]: unknown;
}

/** The cluster's objects: versions, deletion in two steps, owners, and what watchers are told. */
export interface Objects {
  get(kind: Kind, name: string): KubeObject | undefined;
  /** In the order of their names. */
  list(kind: Kind): KubeObject[];
  /** @throws StatusError 409 (AlreadyExists). */
  create(kind: Kind, sent: Sent, finalizers?: string[]): KubeObject;
  /** Puts a changed copy in place; nothing happens if it is no change. @throws StatusError 404. */
  update(kind: Kind, name: string, change: (object: KubeObject) => void): KubeObject;
  /** Marks for deletion, or deletes at once where nothing has to be finished. @throws StatusError 404 and 409. */
  remove(kind: Kind, name: string, uid?: string): KubeObject;
  /** Deletes for good, with everything that it owns. */
  drop(kind: Kind, name: string): void;
  version(): number;
  /** Events after a version, or `undefined` if they are forgotten. */
  eventsAfter(version: number): Event[] | undefined;
  /** Forgets all events: older versions and list tokens are gone. */
  compact(): void;
  isForgotten(version: number): boolean;
  /** @param onForgotten there will be no more events. @returns ends the subscription. */
  subscribe(listener: (event: Event) => void, onForgotten: () => void): () => void;
}

/** Watchers that are further behind have to list again. */
const REMEMBERED = 5_000;

export function openObjects(store: KubeStore): Objects {
  const { state } = store;
  const listeners = new Map<(event: Event) => void, () => void>();
  let events: Event[] = [];
  // A restarted server remembers no events.
  let forgottenBefore = state.version;

  const idOf = ({ plural }: Kind, name: string): string => `${plural}/${name}`;
  const publish = (type: Event['type'], { plural }: Kind, object: KubeObject): void => {
    const event = { type, version: Number(object.metadata.resourceVersion), plural, object };
    events.push(event);
    if (events.length > REMEMBERED) {
      forgottenBefore = events.at(-REMEMBERED / 2)?.version ?? state.version;
      events = events.filter(({ version }) => version >= forgottenBefore);
    }
    for (const listener of listeners.keys()) listener(event);
  };
  const nextVersion = (): string => {
    state.version += 1;
    store.saveAll('version');
    return String(state.version);
  };
  const put = (kind: Kind, object: KubeObject, type: Event['type']): KubeObject => {
    object.metadata.resourceVersion = nextVersion();
    const id = idOf(kind, object.metadata.name);
    state.objects[id] = object;
    store.save('objects', id);
    publish(type, kind, object);
    return object;
  };
  const present = (kind: Kind, name: string): KubeObject => {
    const object = lookUp(state.objects, idOf(kind, name));
    if (!object) throw notFound(kind, name);
    return object;
  };

  const drop = (kind: Kind, name: string): void => {
    const id = idOf(kind, name);
    const object = lookUp(state.objects, id);
    if (!object) return;
    delete state.objects[id];
    store.save('objects', id);
    const gone = structuredClone(object);
    gone.metadata.resourceVersion = nextVersion();
    publish('DELETED', kind, gone);
    for (const [ownedId, owned] of Object.entries(state.objects)) {
      if (!owned.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid)) continue;
      const plural = ownedId.slice(0, ownedId.indexOf('/'));
      drop({ group: '', version: '', plural, kind: owned.kind }, owned.metadata.name);
    }
  };

  const update: Objects['update'] = (kind, name, change) => {
    const before = present(kind, name);
    const after = structuredClone(before);
    change(after);
    if (isDeepStrictEqual(before, after)) return before;
    if (!isDeepStrictEqual(before.spec, after.spec)) {
      after.metadata.generation = (before.metadata.generation ?? 1) + 1;
    }
    return put(kind, after, 'MODIFIED');
  };

  return {
    get: (kind, name) => lookUp(state.objects, idOf(kind, name)),
    list: ({ plural }) =>
      Object.entries(state.objects)
        .filter(([id]) => id.startsWith(`${plural}/`))
        .map(([, object]) => object)
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    create(kind, sent, finalizers) {
      const { name } = sent.metadata;
      if (lookUp(state.objects, idOf(kind, name))) throw alreadyExists(kind, name);
      const object: KubeObject = {
        ...(structuredClone(sent) as KubeObject),
        apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
        kind: kind.kind,
        metadata: {
          ...structuredClone(sent.metadata),
          uid: randomUUID(),
          resourceVersion: '',
          generation: 1,
          creationTimestamp: kubeTime(),
          ...(finalizers && { finalizers }),
        },
      };
      delete object.status;
      return put(kind, object, 'ADDED');
    },
    update,
    remove(kind, name, uid) {
      const object = present(kind, name);
      if (uid !== undefined && object.metadata.uid !== uid) {
        throw conflict(kind, name, `the UID in the precondition (${uid}) does not match the UID in record`);
      }
      if ((object.metadata.finalizers ?? []).length === 0) {
        drop(kind, name);
        return object;
      }
      return update(kind, name, ({ metadata }) => (metadata.deletionTimestamp ??= kubeTime()));
    },
    drop,
    version: () => state.version,
    eventsAfter: (version) =>
      version < forgottenBefore ? undefined : events.filter((event) => event.version > version),
    compact: () => {
      events = [];
      nextVersion();
      forgottenBefore = state.version;
      for (const forgotten of [...listeners.values()]) forgotten();
    },
    isForgotten: (version) => version < forgottenBefore,
    subscribe: (listener, onForgotten) => {
      listeners.set(listener, onForgotten);
      return () => listeners.delete(listener);
    },
  };
}

/** Now, as the API writes times. */
export function kubeTime(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
