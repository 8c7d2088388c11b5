/** Tells the payment provider how a customer is reached by now. */
import type { DataSource } from 'typeorm';
import type { Logger } from 'pino';
import type { PaymentGateway } from '../../activities/payments/port.ts';
import { Customers } from '../../schemas/db/entities/customer.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { writeAudit } from '../../schemas/db/trail.ts';
import { TenureFailure } from '../../schemas/failures.ts';
import { toEdgeId } from '../../schemas/ids.ts';

export interface CustomerDependencies {
  db: DataSource;
  gateway: Pick<PaymentGateway, 'updateCustomer'>;
  logger: Logger;
}

/**
 * Tells what the row says now, whichever change the message was about. One teller at a time per customer, so that an older
 * reading never overwrites a newer one. `outboxId` names the message.
 */
export async function tellOfCustomer(
  { db, gateway, logger }: CustomerDependencies,
  { tenantId, customerId, outboxId }: { tenantId: string; customerId: string; outboxId: string },
): Promise<void> {
  await withTenant(db, tenantId, async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 43))`, [customerId]);
    const customer = await tx.getRepository(Customers).findOneByOrFail({ id: customerId });
    if (customer.paymentRef === null) return;
    const subject = toEdgeId('customer', customerId);
    try {
      await gateway.updateCustomer(customer.paymentRef, customer, `${subject}/${outboxId}`);
    } catch (error) {
      if (!(error instanceof TenureFailure) || error.kind !== 'refused') throw error;
      // It would be refused for ever: staff see it in the trail, and mails go to the new address all the same.
      const { reason } = error.details;
      logger.warn({ customerId, reason }, 'the payment provider refused a change of a customer');
      await writeAudit(tx, {
        tenantId,
        by: { kind: 'system', id: 'relay' },
        action: 'customer.change-refused',
        subject: { kind: 'customer', id: subject },
        data: { reason },
        dedupeKey: `customer-changed/${outboxId}`,
      });
    }
  });
}
