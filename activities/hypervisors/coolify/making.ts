/**
 * What a making takes after the order: variables, start, mark. The order's description says that it is under way until the mark says
 * that it has come to its end, so that whoever finds it half made, also after a crash or a lost answer, goes on with it.
 */
import type { Api } from '../../http/api.ts';
import type { CreateInstanceRequest, ProviderInstance } from '../port.ts';
import { variablesOf } from './environment.ts';
import { changeMarks, readMarks } from './marks.ts';
import { pathOf, readRef, type Reference } from './reference.ts';

export interface MakingTools {
  api: Api;
  look(ref: Reference): Promise<Found | null>;
  /** Puts what is stored into containers; nothing if that is under way. */
  deploy(ref: Reference): Promise<void>;
  patch(ref: Reference, body: Record<string, unknown>): Promise<void>;
  /** The plan's own variables. */
  envOf(request: CreateInstanceRequest): Record<string, string>;
}

interface Found {
  instance: Pick<ProviderInstance, 'state'>;
  description: string;
}

/** So many are remembered as made. */
const MOST_KNOWN = 1_000;

export function createMaking({ api, look, deploy, patch, envOf }: MakingTools) {
  /** While they boot they need not be looked at twice as often. */
  const known = new Set<string>();

  /** Takes the steps that are left. Each may be repeated, by anybody and at any time. */
  async function finish(ref: Reference, found: Found, request: CreateInstanceRequest): Promise<void> {
    const { instance, description } = found;
    if (readMarks(description)?.isMade !== false) return;
    // What runs has had its variables and its start; deploying it again would take it down for a while.
    if (instance.state === 'creating' || instance.state === 'failed') {
      const data = variablesOf(request, envOf(request));
      await api.call({ method: 'PATCH', path: `${pathOf(ref)}/envs/bulk`, body: { data } });
      await deploy(ref);
    }
    await patch(ref, { description: changeMarks(description, { isMade: true }) });
  }

  return {
    /** After the order itself. */
    begin: (ref: Reference, description: string, request: CreateInstanceRequest): Promise<void> =>
      finish(ref, { instance: { state: 'creating' }, description }, request),

    async advance(text: string, request: CreateInstanceRequest): Promise<void> {
      const ref = readRef(text);
      const found = known.has(text) ? null : await look(ref);
      if (found === null) return;
      await finish(ref, found, request);
      if (known.size >= MOST_KNOWN) known.clear();
      known.add(text);
    },
  };
}
