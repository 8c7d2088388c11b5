/** Circuit breakers around the providers' drivers: each change of state is logged, and kept where placement and staff see it. */
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { type BreakerState, withBreaker } from '../activities/hypervisors/breaker.ts';
import type { Hypervisor } from '../activities/hypervisors/port.ts';
import { findTenant, FIRST_TENANT_SLUG, withTenant } from '../schemas/db/tenancy.ts';

/** The driver behind its breaker. */
export function guarded(driver: Hypervisor, db: DataSource, logger: Logger): Hypervisor {
  return withBreaker(driver, {
    onChange: (state) => {
      logger.warn({ provider: driver.name, breaker: state }, 'the provider’s circuit breaker has changed');
      // Best effort: the breaker itself works without.
      keep(db, driver.name, state).catch((error: unknown) =>
        logger.warn({ err: error, provider: driver.name }, 'the breaker’s state could not be kept'),
      );
    },
  });
}

async function keep(db: DataSource, provider: string, state: BreakerState): Promise<void> {
  const { id } = await findTenant(db, FIRST_TENANT_SLUG);
  await withTenant(db, id, (tx) =>
    tx.query(
      `insert into provider_states (tenant_id, provider, breaker, breaker_at) values ($1, $2, $3, now())
       on conflict (tenant_id, provider) do update set breaker = excluded.breaker, breaker_at = excluded.breaker_at`,
      [id, provider, state],
    ),
  );
}
