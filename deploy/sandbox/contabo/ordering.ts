import { type Product, products, regions } from './catalog.ts';
import { ApiError, badRequest } from './errors.ts';
import { owner } from './envelope.ts';
import { putInstallation, readInstallation } from './installing.ts';
import type { CreateInstance } from './requests.ts';
import type { Sandbox } from './sandbox.ts';
import { type ContaboState, type InstanceRecord, type Status, nextId } from './state.ts';

/** Ids look like the real ones; numbers count up from here. */
const firstInstanceId = 202_000_000;

/**
 * Orders an instance. Two equal orders make two instances: the API knows no idempotency.
 *
 * @throws ApiError 400, 402 or 403.
 */
export function orderInstance(sandbox: Sandbox, wanted: CreateInstance): InstanceRecord {
  const { store, ledger, lifecycle } = sandbox;
  const { state } = store;
  const product = products.find(({ id }) => id === wanted.productId);
  if (!product) throw badRequest(`productId ${wanted.productId} is wrong`);
  const installation = readInstallation(state, wanted);
  if (wanted.license !== undefined) throw badRequest(`license ${wanted.license} is not offered for it`);
  if (state.control.soldOutRegions.includes(wanted.region)) {
    throw badRequest(`productId ${product.id} is not available in region ${wanted.region}`);
  }
  refuseIfUnpaid(state);
  const active = Object.values(state.instances).filter(({ shown }) => shown.cancelDate === '');
  if (active.length >= state.control.instanceLimit) {
    throw new ApiError(403, 'The limit of instances of this account is reached');
  }

  const record = freshRecord(firstInstanceId + nextId(store), product, wanted);
  putInstallation(record, installation);
  const heldAt = takeLevers(sandbox, record);
  const { shown } = record;
  shown.status = heldAt ?? 'provisioning';
  const id = String(shown.instanceId);
  state.instances[id] = record;
  store.save('instances', id);
  if (heldAt === undefined) lifecycle.plan(record, 'install');
  const { region, productId, displayName } = shown;
  ledger.record({ effect: 'instance.created', id, detail: { region, productId, displayName } });
  return record;
}

/** @throws ApiError 402 while the account owes money. */
export function refuseIfUnpaid({ control }: ContaboState): void {
  if (control.unpaid) throw new ApiError(402, 'Request refused: a payment is outstanding');
}

/** @returns the status that the instance is held at, if one was asked for. */
function takeLevers({ store }: Sandbox, record: InstanceRecord): Status | undefined {
  const { control } = store.state;
  const { held } = control;
  if (held.times > 0) {
    held.times -= 1;
    store.saveAll('control');
    return held.status;
  }
  if (control.silent > 0) {
    control.silent -= 1;
    store.saveAll('control');
    record.silent = true;
  }
  return undefined;
}

function freshRecord(instanceId: number, product: Product, wanted: CreateInstance): InstanceRecord {
  const place = regions.find(({ slug }) => slug === wanted.region);
  const noIp = { ip: '', netmaskCidr: 0, gateway: '' };
  const hex = instanceId.toString(16).padStart(8, '0').toUpperCase();
  return {
    family: 'linux',
    userData: '',
    period: wanted.period,
    isOn: false,
    silent: false,
    shown: {
      ...owner,
      additionalIps: wanted.addOns?.additionalIps ? [{ v4: { ...noIp } }] : [],
      name: `vmi${instanceId}`,
      displayName: wanted.displayName ?? '',
      instanceId,
      dataCenter: place?.dataCenter.name ?? '',
      region: wanted.region,
      regionName: place?.name ?? '',
      productId: product.id,
      imageId: wanted.imageId,
      ipConfig: { v4: { ...noIp }, v6: { ...noIp } },
      macAddress: `00:50:${[0, 2, 4, 6].map((at) => hex.slice(at, at + 2)).join(':')}`,
      ramMb: product.ramMb,
      cpuCores: product.cpuCores,
      osType: 'Linux',
      diskMb: product.diskMb,
      sshKeys: [],
      createdDate: new Date().toISOString(),
      cancelDate: '',
      status: 'provisioning',
      vHostId: 73_395,
      vHostNumber: 1_001,
      vHostName: 'm1001',
      addOns: wanted.addOns?.addonsIds ?? [],
      errorMessage: '',
      productType: product.type,
      productName: product.name,
      defaultUser: 'admin',
    },
  };
}
