import { useQuery } from '@tanstack/react-query';
import { getCatalog } from './client.ts';

/** The plans on sale, kept for five minutes: a plan that changed meanwhile is caught when ordering. */
export function useCatalog() {
  return useQuery({
    queryKey: ['catalog'],
    queryFn: ({ signal }) => getCatalog(signal),
    staleTime: 5 * 60_000,
    refetchOnWindowFocus: false,
  });
}
