/** Counts the calls to an API on their way, by when they came. */
import { lab } from '../../harness/lab.ts';
import { httpProxy } from './http.ts';

export interface CallCounter {
  /** Goes between Tenure and the API: gets its URL, gives the one to use. */
  between(target: string): Promise<string>;
  total(): number;
  /** The most calls that came within any stretch of this length. */
  most(windowMs: number): number;
}

export function countCalls(): CallCounter {
  const times: number[] = [];
  const pass = (_call: string, boundary: string): Promise<void> => {
    if (boundary === 'before') times.push(performance.now());
    return Promise.resolve();
  };
  return {
    async between(target) {
      const proxy = await httpProxy('api', target, { pass });
      (await lab()).onEnd(proxy.close);
      return proxy.url;
    },
    total: () => times.length,
    most: (windowMs) => {
      let first = 0;
      let most = 0;
      for (const [index, time] of times.entries()) {
        while (time - (times[first] ?? time) >= windowMs) first += 1;
        most = Math.max(most, index - first + 1);
      }
      return most;
    },
  };
}
