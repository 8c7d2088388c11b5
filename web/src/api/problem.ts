import type { Problem } from '../../../schemas/api/common.ts';
import type { ShopPlan } from '../../../schemas/api/shop.ts';

/** The API answered with an RFC 9457 problem. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;
  /** The plan as it is sold now, when the one on the page is out of date. */
  readonly plan: ShopPlan | undefined;

  constructor(body: Problem & { plan?: ShopPlan }) {
    super(body.detail ?? body.title);
    this.problem = body;
    this.plan = body.plan;
  }
}

/** No answer came: the network or the server is away. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Makes a problem of any refused answer, also of one that came from a proxy in between and has no problem in it. */
export function problemOf(status: number, body: unknown): ApiProblem {
  if (typeof body === 'object' && body !== null && 'reason' in body && 'title' in body) {
    return new ApiProblem(body as Problem & { plan?: ShopPlan });
  }
  return new ApiProblem({
    type: 'about:blank',
    title: `HTTP ${status}`,
    status,
    reason: 'unexpected-answer',
    nextStep: '',
  });
}

/** Whether `error` is the API's answer with that status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiProblem && error.problem.status === status;
}
