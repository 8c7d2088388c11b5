import type { Request } from 'express';
import { badRequest } from './errors.ts';

/** Something with a place in a list that stays its own while others come and go. */
export interface Placed<T> {
  seq: number;
  shown: T;
}

/** The part of a list's answer that tells of its other pages; an empty cursor is the end. */
export interface Meta {
  total: number;
  links: { next: string; prev: string };
}

const defaultPerPage = 100;
const maxPerPage = 500;

/**
 * Cuts the page that the request's `per_page` and `cursor` ask for.
 *
 * @param items the whole list, ordered by `seq`.
 * @throws ApiError 400 when `per_page` is not in 1–500 or the cursor is not one of ours.
 */
export function page<T>(req: Request, items: readonly Placed<T>[]): { shown: T[]; meta: Meta } {
  const perPage = readPerPage(req.query['per_page']);
  const cursor = readCursor(req.query['cursor']);
  const following = cursor.forward ? items.filter(({ seq }) => seq > cursor.seq) : [];
  const preceding = cursor.forward ? [] : items.filter(({ seq }) => seq < cursor.seq);
  const cut = cursor.forward ? following.slice(0, perPage) : preceding.slice(-perPage);
  const first = cut[0]?.seq ?? 0;
  const last = cut.at(-1)?.seq ?? 0;
  const links = {
    next: items.some(({ seq }) => cut.length > 0 && seq > last) ? writeCursor('next', last) : '',
    prev: items.some(({ seq }) => cut.length > 0 && seq < first) ? writeCursor('prev', first) : '',
  };
  return { shown: cut.map(({ shown }) => shown), meta: { total: items.length, links } };
}

/** Gives the members of a fixed list their places. */
export function placed<T>(items: readonly T[]): Placed<T>[] {
  return items.map((shown, index) => ({ seq: index + 1, shown }));
}

function readPerPage(given: unknown): number {
  if (given === undefined) return defaultPerPage;
  const perPage = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : 0;
  if (perPage < 1 || perPage > maxPerPage) {
    throw badRequest(`Invalid per_page: must be an integer from 1 to ${maxPerPage}.`);
  }
  return perPage;
}

function readCursor(given: unknown): { forward: boolean; seq: number } {
  if (given === undefined || given === '') return { forward: true, seq: 0 };
  const text = typeof given === 'string' ? Buffer.from(given, 'base64url').toString('latin1') : '';
  const match = /^(next|prev)__(\d+)$/.exec(text);
  if (!match) throw badRequest('Invalid cursor.');
  return { forward: match[1] === 'next', seq: Number(match[2]) };
}

function writeCursor(direction: 'next' | 'prev', seq: number): string {
  return Buffer.from(`${direction}__${seq}`, 'latin1').toString('base64url');
}
