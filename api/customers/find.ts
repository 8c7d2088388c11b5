/** Customers of one tenant: one by its id, or a page of them, newest first. */
import type { EntityManager } from 'typeorm';
import type { CustomerListQuery, CustomerView } from '../../schemas/api/staff.ts';
import { type Customer, Customers } from '../../schemas/db/entities/customer.ts';
import { fromEdgeId, toEdgeId } from '../../schemas/ids.ts';
import { readUuidCursor } from '../http/paging.ts';
import { ApiProblem } from '../http/problem.ts';

/**
 * @param options.forChange locks the row until the end of the transaction
 * @throws ApiProblem `unknown-customer`, also for another tenant's
 */
export async function findCustomer(
  tx: EntityManager,
  edgeId: string,
  { forChange = false }: { forChange?: boolean } = {},
): Promise<Customer> {
  const id = fromEdgeId('customer', edgeId);
  const found =
    id === null
      ? null
      : await tx.getRepository(Customers).findOne({
          where: { id },
          ...(forChange ? { lock: { mode: 'pessimistic_write' } } : {}),
        });
  if (!found) throw new ApiProblem('unknown-customer');
  return found;
}

/** One more than the limit, to tell whether there are more. */
export async function listCustomers(
  tx: EntityManager,
  { limit, cursor, email }: CustomerListQuery,
): Promise<Customer[]> {
  const below = readUuidCursor(cursor);
  const query = tx
    .getRepository(Customers)
    .createQueryBuilder('c')
    .orderBy('c.id', 'DESC')
    .take(limit + 1);
  if (below !== null) query.andWhere('c.id < :below', { below });
  if (email !== undefined) query.andWhere('lower(c.email) = lower(:email)', { email });
  return query.getMany();
}

/** A customer as staff see it. */
export function customerView({ id, email, name, language, paymentRef, createdAt }: Customer): CustomerView {
  return {
    id: toEdgeId('customer', id),
    email,
    name,
    language,
    paymentRef,
    createdAt: createdAt.toISOString(),
  };
}
