import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { OrderAction, OrderActionRequest, OrderView } from '../../../schemas/api/shop.ts';
import { actOnOrder } from '../api/client.ts';
import { orderKey } from './use-order.ts';

/**
 * One action on the order; afterwards the page shows the order as the API answered it, or fetches it if refused.
 * The answer means "accepted": `underWay` stays true until the order's history tells of something new.
 */
export function useOrderAction(token: string, order: OrderView, action: OrderAction) {
  const queryClient = useQueryClient();
  const lastSeq = order.timeline.at(-1)?.seq ?? 0;

  const mutation = useMutation({
    mutationFn: async (body: OrderActionRequest) => {
      const seqBefore = lastSeq;
      return { seqBefore, after: await actOnOrder(token, action, body) };
    },
    onSuccess: ({ after }) => queryClient.setQueryData(orderKey(token), after),
    onError: () => void queryClient.invalidateQueries({ queryKey: orderKey(token) }),
  });

  const underWay = mutation.data !== undefined && mutation.data.seqBefore === lastSeq;
  return { ...mutation, underWay };
}
