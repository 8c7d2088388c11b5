/** Corrects how a customer is reached: the row, its trail and the message to the payment provider, all or nothing. */
import type { EntityManager } from 'typeorm';
import type { CustomerChange } from '../../schemas/api/staff.ts';
import { type Customer, Customers } from '../../schemas/db/entities/customer.ts';
import { appendToOutbox } from '../../schemas/db/outbox.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { toEdgeId } from '../../schemas/ids.ts';
import type { Actor } from '../../schemas/subscriptions/lifecycle.ts';
import { ApiProblem } from '../http/problem.ts';

const FIELDS = ['email', 'name', 'language'] as const satisfies (keyof CustomerChange)[];

/**
 * The customer as it is then; nothing is written if nothing differs.
 *
 * @param customer as read in this transaction, locked
 * @throws ApiProblem `action-not-possible` while the payment page is still to be opened
 */
export async function changeCustomer(
  tx: EntityManager,
  customer: Customer,
  { change, by }: { change: CustomerChange; by: Actor },
): Promise<Customer> {
  const wanted = FIELDS.filter((field) => change[field] !== undefined && change[field] !== customer[field]);
  if (wanted.length === 0) return customer;
  // The provider gets to know this customer by what was ordered; a repetition of that has to say the same.
  if (customer.paymentRef === null) {
    throw new ApiProblem('action-not-possible', {
      reason: 'order-being-placed',
      detail: 'The payment page of this customer’s order has not been opened yet.',
      nextStep: 'Try again when it has; without it the order expires by itself.',
    });
  }
  const { id, tenantId } = customer;
  const changed = Object.fromEntries(wanted.map((field) => [field, change[field]]));
  await tx.getRepository(Customers).update({ id }, changed);
  await writeAudit(tx, {
    tenantId,
    by,
    action: 'customer.changed',
    subject: { kind: 'customer', id: toEdgeId('customer', id) },
    // The trail is kept for ever, so it tells which fields and not what stood in them.
    data: { fields: wanted },
  });
  await appendToOutbox(tx, { tenantId, kind: 'customer-changed', subjectId: id, payload: {} });
  return { ...customer, ...changed };
}
