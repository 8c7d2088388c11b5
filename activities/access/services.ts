/** "It works" beyond the login: what the services of an image answer, on real sockets. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Probe } from '../../schemas/catalog/readiness.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { NOT_ANSWERING, SERVICE_NOT_READY } from './failures.ts';
import { askStatus, notAsExpected, urlHost } from './http.ts';
import { runOverSsh, type SshLogin } from './ssh.ts';

/** The server, with the login that commands are run under. */
export type ServiceTarget = SshLogin;

type Of<K extends Probe['kind']> = Extract<Probe, { kind: K }>;

/**
 * Asks one service once.
 *
 * @throws TenureFailure `retryable`: `not-answering`, `service-not-ready`, and as {@link runOverSsh}
 */
export async function askService(probe: Probe, target: ServiceTarget): Promise<void> {
  switch (probe.kind) {
    case 'tcp':
      return askTcp(probe, target);
    case 'http':
      return askHttp(probe, target);
    case 'command':
      return askByCommand(probe, target);
  }
}

async function askTcp({ port, service }: Of<'tcp'>, target: ServiceTarget): Promise<void> {
  const { address, timeoutMs } = target;
  const socket = connect({ host: address, port });
  // The failure also reaches the awaited event; without a listener it would end the process.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'timeout';
    throw new TenureFailure('retryable', `${service} does not answer on ${address} port ${port} (${why}).`, {
      reason: NOT_ANSWERING,
      upstream: why,
    });
  } finally {
    socket.destroy();
  }
}

async function askHttp(
  { scheme, port, path, status }: Of<'http'>,
  { address, timeoutMs }: ServiceTarget,
): Promise<void> {
  const url = `${scheme}://${urlHost(address)}${port === undefined ? '' : `:${port}`}${path}`;
  const answered = await askStatus(url, { timeoutMs });
  if (answered !== status) throw notAsExpected(url, String(answered));
}

async function askByCommand({ run, exitCode, service }: Of<'command'>, target: ServiceTarget): Promise<void> {
  const ended = await runOverSsh(target, run);
  if (ended.exitCode === exitCode) return;
  throw new TenureFailure(
    'retryable',
    `${service} is not ready on ${target.address}: its command ended with ${ended.exitCode}. ${ended.errorOutput}`.trim(),
    { reason: SERVICE_NOT_READY, upstream: `exit ${ended.exitCode}` },
  );
}
