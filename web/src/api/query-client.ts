import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './problem.ts';

/** A refusal stays a refusal; a missing answer or a server's failure is asked again twice. */
function worthRetrying(failures: number, error: Error): boolean {
  const refused = error instanceof ApiProblem && error.problem.status < 500;
  return !refused && failures < 2;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    // "always": a machine without internet still reaches the server that runs on it.
    queries: { retry: worthRetrying, staleTime: 30_000, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});
