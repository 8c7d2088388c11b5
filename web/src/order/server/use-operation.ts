import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { PossibleOperation } from '../../../../schemas/api/instances.ts';
import type { OrderView } from '../../../../schemas/api/shop.ts';
import type { OperationRequest } from '../../../../schemas/operations/requests.ts';
import { operateServer } from '../../api/client.ts';
import { orderKey } from '../use-order.ts';

export type Server = OrderView['instances'][number];
export type Kind = PossibleOperation['kind'];

/**
 * One kind of operation on one server. `shown`: it can be asked for, is under way, or is lacking at the provider; what the server's
 * state rules out for the moment is not.
 */
export function useOperation(token: string, server: Server, kind: Kind) {
  const queryClient = useQueryClient();
  const mutation = useMutation({
    mutationFn: (request: OperationRequest) => operateServer(token, server.id, request),
    onSettled: () => queryClient.invalidateQueries({ queryKey: orderKey(token) }),
  });
  const now = server.possibleOperations.find((each) => each.kind === kind);
  const underWay = server.operations.some((each) => each.kind === kind && isUnderWay(each));
  const lack = now?.lack ?? null;
  const possible = now?.possible ?? false;
  return { ...mutation, possible, underWay, lack, shown: possible || underWay || lack !== null };
}

export function isUnderWay({ state }: Server['operations'][number]): boolean {
  return state === 'accepted' || state === 'running';
}
