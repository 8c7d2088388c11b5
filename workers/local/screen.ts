import path from 'node:path';
import { Listr } from 'listr2';

/** Carries what a step reports to whoever shows it. */
export interface Progress {
  report(text: string): void;
  listen(listener: (text: string) => void): void;
}

/** A progress that nobody listens to yet; a listener is told the last report at once. */
export function createProgress(): Progress {
  let last: string | undefined;
  let listener: ((text: string) => void) | undefined;
  return {
    report: (text) => {
      last = text;
      listener?.(text);
    },
    listen: (newListener) => {
      listener = newListener;
      if (last !== undefined) listener(last);
    },
  };
}

/** One of the steps of starting, already under way. */
export interface Step {
  title: string;
  /** Settles when it is done; its value, if any, is added to the title. */
  work: Promise<string | void>;
  progress?: Progress;
}

/**
 * Shows steps that run side by side: a live list on a terminal, plain lines elsewhere.
 *
 * @throws the error of the step that failed first, after all of them have ended.
 */
export async function showSteps(steps: Step[]): Promise<void> {
  let first: { error: unknown } | undefined;
  for (const { work } of steps) {
    work.catch((error: unknown) => (first ??= { error }));
  }
  const list = new Listr(
    steps.map(({ title, work, progress }) => ({
      title,
      task: async (_context, task) => {
        progress?.listen((text) => (task.output = text));
        const result = await work.catch((error: unknown) => {
          // What went wrong is told once, below the list, in a sentence of its own.
          throw new Error(first?.error === error ? 'see below' : 'stopped');
        });
        if (result) task.title = `${title}: ${result}`;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      // Signals are the supervisor's business.
      registerSignalListeners: false,
      renderer: 'default',
      fallbackRenderer: 'simple',
      // Without a width the live list would be one character wide.
      fallbackRendererCondition: () => !process.stdout.isTTY || !process.stdout.columns,
    },
  );
  await list.run();
  if (first) throw first.error;
}

/** Prints lines for the person at the terminal. */
export function say(...lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/** Prints labels and values in two columns. */
export function sayTable(rows: [string, string][]): void {
  const width = Math.max(...rows.map(([label]) => label.length));
  say(...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`));
}

/** A path as a person at this prompt would type it. */
export function shortPath(file: string): string {
  return path.relative('', file) || '.';
}
