import type { GuestSetup } from '../guests/guests.ts';
import { makePassword } from '../guests/passwords.ts';
import { lookUp } from '../shared/lookup.ts';
import { type Image, images } from './catalog.ts';
import { badRequest } from './errors.ts';
import type { Reinstall } from './requests.ts';
import type { ContaboState, InstanceRecord, Secret } from './state.ts';

/** What is installed, once everything that a request names was found. */
export interface Installation {
  image: Image;
  sshKeys: number[];
  rootPassword?: number;
  userData: string;
  defaultUser: string;
}

/** @throws ApiError 400 for an unknown image, secret or application, or a user that the image does not have. */
export function readInstallation(state: ContaboState, wanted: Reinstall): Installation {
  const { imageId, sshKeys = [], rootPassword, userData = '', applicationId } = wanted;
  const image = images.find(({ id }) => id === imageId);
  if (!image) throw badRequest(`imageId ${imageId} is wrong`);
  for (const id of sshKeys) secretOf(state, id, 'ssh', 'sshKeys');
  if (rootPassword !== undefined) secretOf(state, rootPassword, 'password', 'rootPassword');
  // The sandbox has no ready-made applications, so no id of one is known.
  if (applicationId !== undefined) throw badRequest(`applicationId ${applicationId} is wrong`);
  const { defaultUser = 'admin' } = wanted;
  if (defaultUser === (image.family === 'linux' ? 'administrator' : 'root')) {
    throw badRequest(`defaultUser ${defaultUser} is not allowed for this image`);
  }
  return { image, sshKeys, rootPassword, userData, defaultUser };
}

/** Writes into an instance what is to be installed on it. */
export function putInstallation(record: InstanceRecord, installation: Installation): void {
  const { image, sshKeys, rootPassword, userData, defaultUser } = installation;
  Object.assign(record, { family: image.family, userData, rootPassword });
  Object.assign(record.shown, {
    imageId: image.id,
    osType: image.family === 'windows' ? 'Windows' : 'Linux',
    sshKeys,
    defaultUser,
  });
}

/** What an instance's guest is made of. */
export function guestSetup(state: ContaboState, record: InstanceRecord): GuestSetup {
  const { family, userData, rootPassword, shown } = record;
  const secretValue = (id: number): string | undefined => lookUp(state.secrets, String(id))?.value;
  return {
    family,
    osName: images.find(({ id }) => id === shown.imageId)?.description ?? '',
    hostname: shown.name,
    userData,
    // Without a secret the owner is sent one by e-mail.
    initialPassword: (rootPassword === undefined ? undefined : secretValue(rootPassword)) ?? makePassword(),
    limitedUser: family === 'linux' && shown.defaultUser === 'admin',
    authorizedKeys: shown.sshKeys.flatMap((id) => secretValue(id) ?? []),
  };
}

/** @throws ApiError 400 unless there is a secret of that id and type. */
export function secretOf(state: ContaboState, id: number, type: Secret['type'], field: string): Secret {
  const secret = lookUp(state.secrets, String(id));
  if (secret?.type === type) return secret;
  throw badRequest(`${field}: there is no secret ${id} of type ${type}`);
}
