/** Paging of lists: `?limit=` (1 to 100, 25 by default) and `?after=` (`next` of the page before). */
import type { HonoRequest } from 'hono';
import type { PageRequest } from '../engine/ports.ts';
import { Problem } from './problem.ts';

export function page(request: HonoRequest): PageRequest {
  const limit = request.query('limit') ?? '25';
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100) {
    throw new Problem(400, 'bad-query', `limit=${limit} is not a number from 1 to 100.`);
  }
  const after = request.query('after');
  return { limit: Number(limit), ...(after !== undefined && { after }) };
}
