/** Signing in as the customer would: the proof that a server is theirs. */
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import type { Instance } from '../../schemas/db/entities/instance.ts';
import { letsEverybodyIn } from '../../schemas/operations/firewall.ts';
import type { probeAccess } from '../access/probe.ts';
import type { Hypervisor } from '../hypervisors/port.ts';
import type { FirstBootRecords } from './first-boot.ts';
import { patiently } from './patience.ts';
import type { InstanceRows, InstanceTarget } from './rows.ts';
import { awaitServices } from './services.ts';

export interface VerifyDependencies {
  rows: InstanceRows;
  hypervisor: Pick<Hypervisor, 'pollMs'>;
  secretBox: SecretBox;
  firstBoots: FirstBootRecords;
  /** Enters a server as its customer would. */
  probe: typeof probeAccess;
  /** Limit of one look at a server, in ms. */
  probeTimeoutMs: number;
}

/**
 * Tries until the credentials work and, after a first boot, its image's services answer, and puts that on record. A server whose own firewall keeps us out is its owner's to try.
 *
 * @param options.refusedForMs for so long it may refuse the password; without it as long as the activity lasts
 * @throws TenureFailure what the probe says; also `credentials-refused` after that time
 */
export async function verify(
  deps: VerifyDependencies,
  target: InstanceTarget,
  options: { refusedForMs?: number } = {},
): Promise<void> {
  const { rows, hypervisor, secretBox, probe, probeTimeoutMs } = deps;
  const loaded = await rows.loadWithTerms(target);
  const { row, terms } = loaded;
  const started = row.state === 'stopped' ? { state: 'active' as const } : {};
  // Of a server whose password nobody has told us, all that can be known is that it runs.
  if (row.credentialsUnknown || isShutOut(row)) return rows.save(target, started);
  const login = {
    address: row.address ?? '',
    port: row.port,
    username: row.username,
    password: secretBox.open(row.secret, `instance/${row.id}`),
    timeoutMs: probeTimeoutMs,
  };
  const { identity } = await patiently(
    () =>
      probe({
        ...login,
        protocol: row.protocol,
        web: terms.image.access.web,
        // Windows renews its certificate by itself; an SSH host key stays.
        ...(row.protocol === 'ssh' && row.fingerprint !== null ? { expectIdentity: row.fingerprint } : {}),
      }),
    { pollMs: hypervisor.pollMs, refusedForMs: options.refusedForMs },
  );
  const hostKey = row.protocol === 'ssh' && identity !== null ? { expectHostKey: identity } : {};
  await awaitServices(deps, loaded, { ...login, ...hostKey });
  await rows.save(
    target,
    { fingerprint: identity, credentialsVerifiedAt: new Date(), ...started },
    { kind: 'credentials-verified', row },
  );
}

/** Whether its owner's firewall lets only some in where one signs in: whether we are among them nobody can tell. */
export function isShutOut({ firewall, port }: Pick<Instance, 'firewall' | 'port'>): boolean {
  return !letsEverybodyIn(firewall, port);
}
