import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { OrderAction, OrderActionRequest, OrderView } from '../../../schemas/api/shop.ts';
import { actOnOrder } from '../api/client.ts';
import { orderKey } from './use-order.ts';

/** One action on the order. */
export function useOrderAction(token: string, order: OrderView, action: OrderAction) {
  return useOrderChange(token, order, (body: OrderActionRequest) => actOnOrder(token, action, body));
}

/**
 * Asks for a change of the order; afterwards the page shows the order as the API answered it, or fetches it if refused.
 * The answer means "accepted": `underWay` stays true until the order's history tells of something new.
 */
export function useOrderChange<Body>(
  token: string,
  order: OrderView,
  ask: (body: Body) => Promise<OrderView>,
) {
  const queryClient = useQueryClient();
  const lastSeq = order.timeline.at(-1)?.seq ?? 0;

  const mutation = useMutation({
    mutationFn: async (body: Body) => {
      const seqBefore = lastSeq;
      return { seqBefore, after: await ask(body) };
    },
    onSuccess: ({ after }) => queryClient.setQueryData(orderKey(token), after),
    onError: () => void queryClient.invalidateQueries({ queryKey: orderKey(token) }),
  });

  const underWay = mutation.data !== undefined && mutation.data.seqBefore === lastSeq;
  return { ...mutation, underWay };
}
