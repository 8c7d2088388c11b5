/** R5: lives per second with encryption, traces and metrics, over those without. */
import { freePort } from '../../../workers/local/ports.ts';
import type { Bench } from '../bench.ts';
import { atLeast, ratioFinding, type Finding } from '../finding.ts';
import { openOtlpSink } from '../rig/otlp-sink.ts';
import { ratePerSecond } from '../rig/lives.ts';
import { openSharedBare } from '../rig/world.ts';
import { compare } from '../statistics.ts';

const AT_ONCE = 32;

export async function measureTrimmings({ pairs, quick, say }: Bench): Promise<Finding[]> {
  const lives = quick ? 4 : 64;
  const sink = await openOtlpSink();
  const [trimmed, plain] = [
    await openSharedBare('trimmed', { tracesTo: sink.url, metricsPort: await freePort() }),
    await openSharedBare('plain', { codec: false }),
  ];
  const workers = [await trimmed.startWorker(), await plain.startWorker()];
  const all = await compare(
    pairs,
    () => ratePerSecond(trimmed.driver, lives, AT_ONCE),
    () => ratePerSecond(plain.driver, lives, AT_ONCE),
    (done) => say(`pair ${done} of ${pairs}`),
  );
  for (const worker of workers) await worker.end();
  if (sink.receivedBytes() === 0) throw new Error('Nothing was traced.');
  return [
    ratioFinding(
      { id: 'R5', what: 'lives per second with codec, traces and metrics ÷ without', goal: atLeast(0.9) },
      all,
      (a, b) => `${a} ÷ ${b} per second; on the bare shape, whose activities are empty`,
      1,
    ),
  ];
}
