import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { getOrder, orderEventsUrl } from '../api/client.ts';

/** How the page hears of changes. While it is `lost`, the order is asked for every few seconds. */
export type Connection = 'connecting' | 'live' | 'lost';

const POLL_MS = 5_000;
const REOPEN_MS = 3_000;

export const orderKey = (token: string): string[] => ['order', token];

/** The order, kept current: by server-sent events, by asking while they are away. */
export function useOrder(token: string) {
  const [connection, setConnection] = useState<Connection>('connecting');
  const order = useQuery({
    queryKey: orderKey(token),
    queryFn: ({ signal }) => getOrder(token, signal),
    refetchInterval: connection === 'lost' ? POLL_MS : false,
  });
  const over = order.data?.stage === 'torn-down';
  useOrderEvents(token, order.isSuccess && !over, setConnection);
  return { order, connection };
}

/** Writes each event's order into the cache. The browser reconnects by itself, except after a refused connection. */
function useOrderEvents(
  token: string,
  wanted: boolean,
  onConnection: (connection: Connection) => void,
): void {
  const queryClient = useQueryClient();

  useEffect(() => {
    if (!wanted) return undefined;
    let source: EventSource;
    let reopening: number | undefined;

    const open = (): void => {
      source = new EventSource(orderEventsUrl(token));
      source.addEventListener('open', () => onConnection('live'));
      source.addEventListener('order', (event: MessageEvent<string>) => {
        queryClient.setQueryData(orderKey(token), JSON.parse(event.data) as OrderView);
      });
      source.addEventListener('error', () => {
        onConnection('lost');
        if (source.readyState === EventSource.CLOSED) reopening = window.setTimeout(open, REOPEN_MS);
      });
    };

    open();
    return () => {
      window.clearTimeout(reopening);
      source.close();
      onConnection('connecting');
    };
  }, [token, wanted, queryClient, onConnection]);
}
