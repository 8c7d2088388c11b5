import type { OsFamily } from '../guests/record.ts';
import { lookUp } from '../shared/lookup.ts';
import { type Plan, applications, operatingSystems, plans, regions, specialSystems } from './catalog.ts';
import { badRequest } from './errors.ts';
import type { VultrState } from './state.ts';

/** Which of the ways to fill a disk a request chose. */
export interface ChosenSource {
  os_id?: number;
  app_id?: number;
  image_id?: string;
  iso_id?: string;
  snapshot_id?: string;
}

/** What an instance is installed from. */
export interface Source {
  osName: string;
  family: OsFamily;
  os_id: number;
  app_id: number;
  image_id: string;
  snapshot_id: string;
  /** GB that the disk must have. */
  minDiskGb: number;
}

/** Windows does not run on less; in MB. */
const windowsMinRamMb = 2_048;

/**
 * Finds the one source that a request chose.
 *
 * @throws ApiError 400 when there is none, more than one, or it does not exist.
 */
export function findSource(state: VultrState, chosen: ChosenSource): Source {
  const { os_id, app_id, image_id, iso_id, snapshot_id } = chosen;
  const count = [os_id, app_id, image_id, iso_id, snapshot_id].filter((id) => id !== undefined).length;
  if (count !== 1) throw badRequest('Choose exactly one of os_id, iso_id, snapshot_id, app_id, image_id.');
  const none = { app_id: 0, image_id: '', snapshot_id: '', minDiskGb: 0 };
  if (os_id !== undefined) {
    const system = operatingSystems.find(({ id }) => id === os_id);
    if (!system) throw badRequest('Invalid os_id.');
    const family = system.family === 'windows' ? 'windows' : 'linux';
    return { ...none, osName: system.name, os_id, family };
  }
  if (snapshot_id !== undefined) {
    const snapshot = lookUp(state.snapshots, snapshot_id);
    if (!snapshot) throw badRequest('Invalid snapshot_id.');
    if (snapshot.shown.status !== 'complete') throw badRequest('Snapshot is not complete.');
    const { id, name } = specialSystems.snapshot;
    return {
      ...none,
      osName: name,
      os_id: id,
      snapshot_id,
      family: snapshot.family,
      minDiskGb: snapshot.diskGb,
    };
  }
  const application = applications.find(
    ({ id, image_id: image, type }) =>
      (type === 'one-click' && id === app_id) || (type === 'marketplace' && image === image_id),
  );
  if (!application) {
    throw badRequest(
      `Invalid ${app_id !== undefined ? 'app_id' : image_id !== undefined ? 'image_id' : 'iso_id'}.`,
    );
  }
  const { id, name } = specialSystems.application;
  const ids = { app_id: application.id, image_id: application.image_id };
  return { ...none, ...ids, osName: name, os_id: id, family: 'linux' };
}

/**
 * Finds the plan and checks that the region has room for it and that the source fits into it.
 *
 * @throws ApiError 400.
 */
export function findPlan(state: VultrState, planId: string, regionId: string, source?: Source): Plan {
  if (!regions.some(({ id }) => id === regionId)) throw badRequest('Invalid region.');
  const plan = plans.find(({ id }) => id === planId);
  if (!plan) throw badRequest('Invalid plan chosen.');
  if (!availablePlans(state, regionId).includes(plan)) {
    throw badRequest(
      'Plan is not available in the selected region: it is not offered there or there is no more capacity.',
    );
  }
  if (source?.family === 'windows' && plan.ram < windowsMinRamMb) {
    throw badRequest('Plan is too small for the selected operating system.');
  }
  if (source && source.minDiskGb > plan.disk)
    throw badRequest('Snapshot is larger than the disk of the plan.');
  return plan;
}

/** The plans that can be deployed in a region right now. */
export function availablePlans(state: VultrState, regionId: string): Plan[] {
  if (state.control.soldOutRegions.includes(regionId)) return [];
  return plans.filter(({ locations }) => locations.includes(regionId));
}

/** The plans of which Windows can be installed. */
export function runsWindows(plan: Plan): boolean {
  return plan.ram >= windowsMinRamMb;
}

/** The larger plans of the same type that an instance of this plan can be resized to, where it is. */
export function upgradesOf(state: VultrState, planId: string, regionId: string): Plan[] {
  const current = plans.find(({ id }) => id === planId);
  return availablePlans(state, regionId).filter(
    (plan) =>
      current !== undefined && plan.id !== planId && plan.type === current.type && plan.disk >= current.disk,
  );
}
