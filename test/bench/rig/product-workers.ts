/** Some of the product's workers in one process: "lifecycle", "activities" (all that do outside work) or "relay". */
import { loadConfig } from '../../../schemas/config.ts';
import { createLogger } from '../../../workers/logger.ts';
import { runWorkers } from '../../../workers/main.ts';
import './probe.ts';

const KINDS = {
  lifecycle: ['lifecycle'],
  activities: ['hypervisor', 'payments', 'mail'],
  relay: ['relay'],
} as const;

const config = loadConfig();
const kinds = KINDS[process.argv[2] as keyof typeof KINDS];
const workers = await runWorkers(kinds, config, createLogger(config, 'bench-workers'));
process.once('SIGTERM', () => void workers.stop().then(() => process.exit(0)));
process.send?.('ready');
await workers.done;
