import type { Request, Response } from 'express';
import { z } from 'zod';
import { badRequest } from './errors.ts';
import { read } from './requests.ts';

/** Whose account it is; stands in every member of `data`. */
export const owner = { tenantId: 'INT', customerId: '12000001' } as const;

const defaultSize = 10;
const maxSize = 100;

const whole = z
  .string()
  .regex(/^[1-9]\d*$/, 'must be a positive integer')
  .transform(Number);

/** The query of every list, beside its filters. */
const pagingShape = {
  page: whole.default(1),
  size: whole.refine((size) => size <= maxSize, `must not be greater than ${maxSize}`).default(defaultSize),
  orderBy: z.union([z.string(), z.array(z.string())]).optional(),
};

/** Answers with one thing, in a list as the API always has it. */
export function answerOne(req: Request, res: Response, status: number, shown: object): void {
  res.status(status).json({ data: [shown], _links: { self: pathOf(req) } });
}

/**
 * Answers with the page that the request asks for. Pages are cut from the list as it is at the moment: one that shrinks between
 * two calls moves its items forward.
 *
 * @param filters the list's own query parameters by name, each saying whether an item passes for a given value.
 * @throws ApiError 400 for an unknown parameter, a wrong one, or an order by an unknown field.
 */
export function answerPage<T extends object>(
  req: Request,
  res: Response,
  items: readonly T[],
  filters: Record<string, (item: T, wanted: string) => boolean> = {},
): void {
  const filterShape = Object.fromEntries(Object.keys(filters).map((name) => [name, z.string().optional()]));
  const query = read(z.strictObject({ ...pagingShape, ...filterShape }), req.query) as {
    page: number;
    size: number;
    orderBy?: string | string[];
  } & Record<string, unknown>;
  const passing = items.filter((item) =>
    Object.entries(filters).every(([name, passes]) => {
      const wanted = query[name];
      return typeof wanted !== 'string' || passes(item, wanted);
    }),
  );
  const sorted = order(passing, [query.orderBy ?? []].flat());
  const { page, size } = query;
  const totalPages = Math.max(1, Math.ceil(sorted.length / size));
  const link = (number: number): string => `${pathOf(req)}?page=${number}&size=${size}`;
  res.json({
    data: sorted.slice((page - 1) * size, page * size),
    _pagination: { size, totalElements: sorted.length, totalPages, page },
    _links: {
      self: link(page),
      first: link(1),
      last: link(totalPages),
      ...(page > 1 && { previous: link(page - 1) }),
      ...(page < totalPages && { next: link(page + 1) }),
    },
  });
}

export function pathOf(req: Request): string {
  return req.originalUrl.split('?')[0] ?? '';
}

function order<T extends object>(items: readonly T[], wishes: string[]): T[] {
  const sorted = [...items];
  for (const wish of wishes.toReversed()) {
    const [, field = '', direction = 'asc'] = /^(\w+):(asc|desc)$/i.exec(wish) ?? [];
    const [example] = items;
    if (field === '' || (example && !Object.hasOwn(example, field))) {
      throw badRequest(`orderBy ${wish} is wrong`);
    }
    const sign = direction.toLowerCase() === 'asc' ? 1 : -1;
    sorted.sort((a, b) => sign * compare(Reflect.get(a, field), Reflect.get(b, field)));
  }
  return sorted;
}

function compare(a: unknown, b: unknown): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : JSON.stringify(a) < JSON.stringify(b)
      ? -1
      : 1;
}
