/** How tests start Tenure's own programs. */
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Set by `npm test`: the directory with what its type check has compiled, which starts in a third of the time. */
const BUILD_SETTING = 'TENURE_TEST_BUILD';

export interface Program {
  /** The file to run. */
  file: string;
  /** Node's own arguments, before it. */
  nodeArgs: string[];
}

/** One of Tenure's programs by its path below the project's root, e.g. `workers/main.ts`. */
export function program(script: string): Program {
  const build = process.env[BUILD_SETTING];
  if (build === undefined) return { file: path.join(ROOT, script), nodeArgs: ['--import', 'tsx'] };
  return { file: path.join(build, script.replace(/\.ts$/, '.js')), nodeArgs: [] };
}
