/** Workflow code must go on from every history that was ever written: recorded ones are replayed, seeded breaks are caught. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import proto from '@temporalio/proto';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { workflowBundle } from '../../workers/bundle.ts';
import { quietRuntime } from '../workflow/quiet-runtime.ts';

const DIRECTORY = path.join(import.meta.dirname, 'histories');
const { History } = proto.temporal.api.history.v1;

function histories(): { workflowId: string; history: ReturnType<typeof History.decode> }[] {
  return readdirSync(DIRECTORY).map((file) => ({
    workflowId: file.replace(/\.history$/, ''),
    history: History.decode(readFileSync(path.join(DIRECTORY, file))),
  }));
}

interface Replayed {
  total: number;
  /** Stories that the code would no longer tell as they happened. */
  broken: { workflowId: string; error: unknown }[];
}

/** @param isEnough gives up the rest once it holds. */
async function replay(
  bundle: WorkflowBundle,
  isEnough: (broken: Replayed['broken']) => boolean = () => false,
): Promise<Replayed> {
  const result: Replayed = { total: 0, broken: [] };
  const options = { workflowBundle: bundle, replayName: 'recorded' };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories())) {
    result.total += 1;
    if (error) result.broken.push({ workflowId, error });
    if (isEnough(result.broken)) break;
  }
  return result;
}

/** Changes of workflow code as a hurried developer makes them: each would break subscriptions that are under way. */
const BREAKS: { what: string; from: RegExp; to: string }[] = [
  {
    what: 'two calls swap places',
    from: /await inTime\(\)\.createInstance\(target\);\s*await inTime\(\)\.awaitReady\(target\);/,
    to: 'await inTime().awaitReady(target); await inTime().createInstance(target);',
  },
  { what: 'a call is left out', from: /await inTime\(\)\.verifyCredentials\(target\);/, to: '' },
  { what: 'a database fact is left out', from: /await \w+\.facts\.handOver\(/, to: 'await Promise.resolve(' },
  { what: 'a call goes by another name', from: /\.releaseInstance\(/g, to: '.deleteInstance(' },
  {
    what: 'a timer comes in between',
    from: /(\w+)(\.CancellationScope\(\);)/,
    to: '$1$2 await $1.sleep(1000);',
  },
  {
    what: 'the search attributes are told no more',
    from: /\(0,\s*\w+\.upsertSearchAttributes\)\(\[/g,
    to: 'Array.from([',
  },
];

describe('the recorded histories', function () {
  this.timeout(120_000);
  let code: string;

  before(async () => {
    quietRuntime();
    const bundle = await workflowBundle(path.resolve('.tenure/test/cache'));
    assert.ok('code' in bundle);
    code = bundle.code;
  });

  it('are told by today’s code as they happened', async () => {
    const { total, broken } = await replay({ code });
    assert.ok(total >= 50, `${total} histories; record them with npm run replay:record`);
    assert.deepEqual(
      broken.map(({ workflowId, error }) => `${workflowId}: ${String(error)}`),
      [],
    );
  });

  for (const { what, from, to } of BREAKS) {
    it(`would not be, and say so, if ${what}`, async () => {
      const changed = code.replace(from, to);
      assert.notEqual(
        changed,
        code,
        'the code to be broken was not found: follow the workflow with this test',
      );
      const isCaught = (broken: Replayed['broken']): boolean => broken.some(isNondeterminism);
      const { broken } = await replay({ code: changed }, isCaught);
      assert.ok(isCaught(broken), `caught in none of the histories; ${broken.length} failed otherwise`);
    });
  }
});

function isNondeterminism({ error }: Replayed['broken'][number]): boolean {
  const name = error instanceof Error ? error.name : '';
  return /nondeterminism|determinism/i.test(`${String(error)} ${name}`);
}
