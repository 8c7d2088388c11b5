/** On what the figures were measured. */
import { cpus, loadavg, platform, release, totalmem } from 'node:os';
import { Connection } from '@temporalio/client';
import { sharedTemporal } from '../harness/stack.ts';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  temporalServer: string;
  temporalSdk: string;
  /** Processes that wanted to run in the minute before: other work on the machine shows here. */
  loadBefore: number;
}

export async function describeMachine(): Promise<Machine> {
  const [loadBefore = 0] = loadavg();
  const { address } = (await sharedTemporal()).current;
  const connection = await Connection.connect({ address });
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  await connection.close();
  const { default: sdk } = (await import('@temporalio/worker/package.json', { with: { type: 'json' } })) as {
    default: { version: string };
  };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${release()}`,
    node: process.version,
    temporalServer: serverVersion ?? 'unknown',
    temporalSdk: sdk.version,
    loadBefore: Math.round(loadBefore * 10) / 10,
  };
}

export function machineLine(machine: Machine): string {
  const { cores, cpu, memoryGb, system, node, temporalServer, temporalSdk, loadBefore } = machine;
  return `${cores} × ${cpu}, ${memoryGb} GB, ${system}, Node ${node}, Temporal ${temporalServer}, SDK ${temporalSdk}, load before ${loadBefore}`;
}
