/** Some of the product's workers in one process: "workers" for all but the relay, "relay" for that alone. */
import { loadConfig } from '../../../schemas/config.ts';
import { createLogger } from '../../../workers/logger.ts';
import { runWorkers } from '../../../workers/main.ts';
import { WORKER_KINDS } from '../../../workers/temporal-workers.ts';
import './probe.ts';

const config = loadConfig();
const kinds = process.argv[2] === 'relay' ? (['relay'] as const) : WORKER_KINDS;
const workers = await runWorkers(kinds, config, createLogger(config, 'bench-workers'));
process.once('SIGTERM', () => void workers.stop().then(() => process.exit(0)));
process.send?.('ready');
await workers.done;
