import { z } from 'zod';
import type { Tx } from '../world/tx.ts';
import { expanded } from './expand.ts';
import type { FormObject } from './form.ts';
import { readParams, text } from './params.ts';

/** What an endpoint knows of its request besides the parameters. */
export interface Context {
  tx: Tx;
  /** The `:id` of the address. */
  id: string;
  /** The API version asked for, e.g. `2026-08-26.dahlia`. */
  version: string;
}

export interface Endpoint {
  method: 'get' | 'post' | 'delete';
  /** As Express writes it, below `/v1`. */
  path: string;
  /** @throws ApiError */
  answer(raw: FormObject, context: Context): object;
}

/** Declares an endpoint: its parameters (all others are refused) and what it does. `expand` is understood by all. */
export function endpoint<F extends z.ZodRawShape>(
  method: Endpoint['method'],
  path: string,
  fields: F,
  run: (params: z.output<z.ZodObject<F>>, context: Context) => object,
): Endpoint {
  const shape = z.strictObject(fields);
  return {
    method,
    path,
    answer: ({ expand = [], ...raw }, context) => {
      const paths = readParams(expandShape, { expand }).expand;
      return expanded(context.tx, run(readParams(shape, raw), context), paths);
    },
  };
}

const expandShape = z.object({ expand: z.array(text()) });
