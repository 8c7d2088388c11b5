import { randomUUID } from 'node:crypto';
import type { GuestSetup } from '../guests/guests.ts';
import { makePassword } from '../guests/passwords.ts';
import { lookUp } from '../shared/lookup.ts';
import { type Source, findPlan, findSource } from './deploying.ts';
import { type ApiError, badRequest } from './errors.ts';
import { noAddress } from './lifecycle.ts';
import type { CreateInstance } from './requests.ts';
import { type Sandbox, present } from './sandbox.ts';
import { type InstanceRecord, type VultrState, apiTime, nextSeq } from './state.ts';

/**
 * Creates an instance. Two equal requests make two instances: the API knows no idempotency.
 *
 * @returns the instance as the create answer shows it, the only one with the initial password.
 * @throws ApiError 400.
 */
export async function createInstance(
  sandbox: Sandbox,
  wanted: CreateInstance,
): Promise<ReturnType<typeof present> & { default_password: string }> {
  const { store, ledger, guests, lifecycle } = sandbox;
  const { state } = store;
  const source = findSource(state, wanted);
  const plan = findPlan(state, wanted.plan, wanted.region, source);
  refuseUnknownParts(wanted);
  refuseUnknownGroup(state, wanted.firewall_group_id);
  const authorizedKeys = wanted.sshkey_id.map((id) => {
    const key = lookUp(state.sshKeys, id);
    if (!key) throw badRequest('Invalid sshkey_id.');
    return key.shown.ssh_key;
  });
  if (isFull(sandbox)) throw overQuota();

  const id = randomUUID();
  const password = makePassword();
  const hostname = wanted.hostname ?? 'vultr.guest';
  const setup = { ...wanted, hostname };
  await guests.install(id, guestSetup(source, setup, authorizedKeys, password));
  // Others may have been created while this one's disk was prepared.
  if (isFull(sandbox)) {
    await guests.destroy(id);
    throw overQuota();
  }

  const { control } = state;
  const isStuck = control.stuck > 0;
  const isSilent = !isStuck && control.silent > 0;
  if (isStuck) control.stuck -= 1;
  if (isSilent) control.silent -= 1;
  if (isStuck || isSilent) store.saveAll('control');

  const record: InstanceRecord = {
    seq: nextSeq(store),
    family: source.family,
    userData: wanted.user_data,
    sshKeyIds: wanted.sshkey_id,
    silent: isSilent,
    traffic: {},
    shown: {
      id,
      os: source.osName,
      ram: plan.ram,
      disk: 0,
      main_ip: noAddress,
      vcpu_count: plan.vcpu_count,
      region: wanted.region,
      plan: plan.id,
      date_created: apiTime(),
      status: 'pending',
      power_status: 'running',
      server_status: 'none',
      allowed_bandwidth: plan.bandwidth,
      netmask_v4: '',
      gateway_v4: noAddress,
      v6_network: '',
      v6_main_ip: '',
      v6_network_size: 0,
      v6_networks: [],
      label: wanted.label,
      internal_ip: '',
      kvm: '',
      hostname,
      os_id: source.os_id,
      app_id: source.app_id,
      image_id: source.image_id,
      snapshot_id: source.snapshot_id,
      firewall_group_id: wanted.firewall_group_id,
      features: featuresOf(wanted),
      tags: wanted.tags,
      user_scheme: wanted.user_scheme,
      vpc_only: false,
    },
  };
  state.instances[id] = record;
  if (isStuck) store.save('instances', id);
  else lifecycle.plan(record, 'reserve');
  const { region, plan: planId, label, tags } = record.shown;
  ledger.record({
    effect: 'instance.created',
    id,
    detail: { region, plan: planId, os: source.osName, hostname, label, tags },
  });
  return { ...present(record), default_password: password };
}

/** What a guest needs to be installed from a source. */
export function guestSetup(
  source: Source,
  {
    hostname,
    user_data,
    user_scheme,
  }: { hostname: string; user_data: string; user_scheme: 'root' | 'limited' },
  authorizedKeys: string[],
  initialPassword: string,
): GuestSetup {
  return {
    family: source.family,
    osName: source.osName,
    hostname,
    userData: Buffer.from(user_data, 'base64').toString('utf8'),
    initialPassword,
    limitedUser: user_scheme === 'limited' && source.family === 'linux',
    authorizedKeys,
    image: source.snapshot_id || undefined,
  };
}

function featuresOf({ backups, enable_ipv6, ddos_protection }: CreateInstance): string[] {
  return [
    ...(backups === 'enabled' ? ['auto_backups'] : []),
    ...(enable_ipv6 ? ['ipv6'] : []),
    ...(ddos_protection ? ['ddos_protection'] : []),
  ];
}

/** @throws ApiError 400 unless there is such a firewall group, or none is wanted. */
export function refuseUnknownGroup({ firewallGroups }: VultrState, id = ''): void {
  if (id !== '' && !lookUp(firewallGroups, id)) throw badRequest('Invalid firewall_group_id.');
}

/** The sandbox has no networks, scripts or reserved addresses, so every id of one is unknown. */
function refuseUnknownParts(wanted: CreateInstance): void {
  if (wanted.script_id) throw badRequest('Invalid script_id.');
  if (wanted.reserved_ipv4) throw badRequest('Invalid reserved_ipv4.');
  if (wanted.attach_vpc?.length) throw badRequest('Invalid attach_vpc.');
}

function isFull({ store }: Sandbox): boolean {
  const { instances, control } = store.state;
  return Object.keys(instances).length >= control.instanceLimit;
}

function overQuota(): ApiError {
  return badRequest(
    'Server add failed: You have reached the maximum number of active virtual machines for this account.',
  );
}
