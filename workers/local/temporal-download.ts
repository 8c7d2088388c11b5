/**
 * Downloads the Temporal CLI that fits the installed SDK into the directory given as the only argument, by letting
 * the SDK start its ephemeral dev server once. A program of its own, because that call can be neither cancelled nor
 * limited in time.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir] = process.argv.slice(2);
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, ttl: '365 days' } },
});
await environment.teardown();
