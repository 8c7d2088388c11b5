/** Turns to call a provider, dealt out to all processes one after the other, so that they keep to its quota together. */
import type { DataSource } from 'typeorm';

/**
 * Takes the next `count` turns, spaced evenly: no second has more than `perSecond` of them.
 *
 * @returns how long until each, in ms.
 */
export async function takeTurns(
  db: DataSource,
  provider: string,
  perSecond: number,
  count: number,
): Promise<number[]> {
  const spacingMs = 1_000 / perSecond;
  const rows: { ms: number }[] = await db.query('select tenure_take_turns($1, $2) as ms', [
    provider,
    spacingMs * count,
  ]);
  const firstMs = Number(rows[0]?.ms ?? 0);
  return Array.from({ length: count }, (_, index) => firstMs + index * spacingMs);
}
