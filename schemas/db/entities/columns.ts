/** Column definitions that several tables share. */
import type { EntitySchemaColumnOptions } from 'typeorm';

export const id: EntitySchemaColumnOptions = { type: 'uuid', primary: true };
export const uuid: EntitySchemaColumnOptions = { type: 'uuid' };
export const tenantId: EntitySchemaColumnOptions = { type: 'uuid', name: 'tenant_id' };
export const text: EntitySchemaColumnOptions = { type: 'text' };
export const integer: EntitySchemaColumnOptions = { type: 'integer' };
export const flag: EntitySchemaColumnOptions = { type: 'boolean' };
export const json: EntitySchemaColumnOptions = { type: 'jsonb' };
export const instant: EntitySchemaColumnOptions = { type: 'timestamptz' };

/** Minor units: `bigint` in the database, a safe integer in the code. */
export const amountMinor: EntitySchemaColumnOptions = {
  type: 'bigint',
  transformer: { to: (value: number) => value, from: (value: string | number) => Number(value) },
};

export function named(name: string, column: EntitySchemaColumnOptions): EntitySchemaColumnOptions {
  return { ...column, name };
}

export function optional(name: string, column: EntitySchemaColumnOptions): EntitySchemaColumnOptions {
  return { ...column, name, nullable: true };
}
