import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'react-router';
import { v4 as uuid } from 'uuid';
import { getCredentialsStatus, revealCredentials } from '../api/client.ts';
import { hasStatus, Unreachable } from '../api/problem.ts';
import { PageSkeleton } from '../app/PageSkeleton.tsx';
import { ProblemPage } from '../components/ProblemPage.tsx';
import { Revealed } from './Revealed.tsx';
import { Sealed } from './Sealed.tsx';
import { Spent } from './Spent.tsx';

/** `/credentials/:token`: opens a one-time link, once. What it showed lives in this page's memory only. */
export function CredentialsPage() {
  const { token = '' } = useParams();
  // One key for this visit: an answer that was lost on its way can be asked for again, by nobody else.
  const [key] = useState(() => uuid());
  const reveal = useMutation({
    mutationFn: () => revealCredentials(token, key),
    retry: (failures, error) => error instanceof Unreachable && failures < 3,
    gcTime: 0,
  });
  const status = useQuery({
    queryKey: ['credentials', token],
    queryFn: ({ signal }) => getCredentialsStatus(token, signal),
    enabled: !reveal.isSuccess,
  });

  if (reveal.data) return <Revealed credentials={reveal.data} />;
  if (hasStatus(status.error, 404)) return <Spent state="unknown" />;
  if (hasStatus(reveal.error, 410) && status.data?.state === 'available') return <Spent state="opened" />;
  if (status.data?.state === 'available') {
    return (
      <Sealed
        status={status.data}
        opening={reveal.isPending}
        error={reveal.error}
        onReveal={() => reveal.mutate(undefined, { onError: () => void status.refetch() })}
      />
    );
  }
  if (status.data) return <Spent state={status.data.state} />;
  if (status.error) return <ProblemPage error={status.error} onRetry={() => void status.refetch()} />;
  return <PageSkeleton />;
}
