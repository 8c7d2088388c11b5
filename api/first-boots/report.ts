/** Writes down what a server told of its first boot. Whatever it says is data: it decides nothing but whether the making goes on. */
import { IsNull, MoreThan, type EntityManager } from 'typeorm';
import type { FirstBootReport } from '../../schemas/api/first-boot.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { FirstBoots } from '../../schemas/db/entities/first-boot.ts';
import { type Instance, Instances } from '../../schemas/db/entities/instance.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import { ApiProblem } from '../http/problem.ts';

/** @throws ApiProblem `unknown-first-boot` if there is none, or nobody waits for its report any more */
export async function takeReport(
  tx: EntityManager,
  firstBootId: string,
  report: FirstBootReport,
  secretBox: SecretBox,
): Promise<void> {
  const boots = tx.getRepository(FirstBoots);
  const boot = await boots.findOneBy({ id: firstBootId });
  if (!boot) throw new ApiProblem('unknown-first-boot');
  const { instanceId, tenantId } = boot;
  const instance = await tx.getRepository(Instances).findOneByOrFail({ id: instanceId });
  const newest = await boots.findOneOrFail({ where: { instanceId }, order: { id: 'DESC' } });
  if (newest.id !== firstBootId || instance.deletedAt !== null) throw new ApiProblem('unknown-first-boot');

  const { status, stage } = report;
  const log = withoutSecrets(report.log, secretsOf(instance, secretBox));
  // Of two that come at once the second waits for the first here, and then finds it reported.
  const taken = await boots.update(
    { id: firstBootId, reportedAt: IsNull(), expiresAt: MoreThan(new Date()) },
    { reportedAt: new Date(), status, stage, log },
  );
  if (taken.affected !== 1) throw new ApiProblem('unknown-first-boot');
  await writeAudit(tx, {
    tenantId,
    by: { kind: 'system', id: 'first-boot' },
    action: status === 'ok' ? 'instance.first-boot-finished' : 'instance.first-boot-failed',
    subject: { kind: 'instance', id: toEdgeId('instance', instanceId) },
    data: { stage, log, occasion: boot.occasion },
    dedupeKey: `first-boot/${firstBootId}`,
  });
}

function secretsOf({ id, secret, pendingSecret }: Instance, secretBox: SecretBox): string[] {
  return [secret, pendingSecret]
    .filter((sealed) => sealed !== null)
    .map((sealed) => secretBox.open(sealed, `instance/${id}`));
}

/** What looks like a secret by its name, as settings and command lines write it. */
const NAMED_SECRET =
  /((?:password|passwd|passphrase|secret|token|api[_-]?key)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|\S+)/gi;

/** The log without known secrets, without values that are named like one, and without what moves a terminal's cursor. */
export function withoutSecrets(log: string, secrets: readonly string[]): string {
  const masked = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), log);
  return masked
    .replaceAll(NAMED_SECRET, '$1***')
    .replaceAll('\r\n', '\n')
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}
