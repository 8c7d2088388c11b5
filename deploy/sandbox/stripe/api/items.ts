/** Items of a subscription as requests change them: in an update, or in the preview of one. */
import { z } from 'zod';
import { integer, metadata, text } from '../wire/params.ts';

/** The sandbox changes the items that there are; it adds and removes none. */
export const itemChanges = {
  items: z
    .array(
      z.strictObject({
        id: text(),
        price: text().optional(),
        quantity: integer().optional(),
        metadata: metadata().optional(),
      }),
    )
    .min(1)
    .max(20)
    .optional(),
  proration_behavior: z.enum(['always_invoice', 'create_prorations', 'none']).optional(),
  proration_date: integer().optional(),
};
