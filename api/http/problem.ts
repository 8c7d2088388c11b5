/** Errors as RFC 9457 has them: thrown anywhere in a request, sent as `application/problem+json`. */
import type { Response } from 'express';
import type { Problem } from '../../schemas/api/common.ts';
import { PROBLEMS, type ProblemReason } from './problem-catalogue.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export interface ProblemOptions {
  /** What is wrong this time, one sentence, no secrets. */
  detail?: string | undefined;
  /** Wrong fields of the request. */
  errors?: NonNullable<Problem['errors']>;
  /** Seconds, for the Retry-After header. */
  retryAfterSeconds?: number;
  /** More headers, such as Allow. */
  headers?: Record<string, string>;
  /** More members of the body, such as `plan`. */
  members?: Record<string, unknown>;
  /** In place of the catalogue's: what is known better here, such as a workflow's own refusal. */
  reason?: string;
  nextStep?: string;
  cause?: unknown;
}

/** A request that cannot be answered as asked. */
export class ApiProblem extends Error {
  readonly kind: ProblemReason;
  readonly status: number;
  readonly options: ProblemOptions;

  constructor(kind: ProblemReason, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[kind].title, { cause: options.cause });
    this.name = 'ApiProblem';
    this.kind = kind;
    this.status = PROBLEMS[kind].status;
    this.options = options;
  }

  /** The answer's body. */
  toBody(): Problem {
    const { title, status, nextStep } = PROBLEMS[this.kind];
    const { detail, errors, members, reason = this.kind, nextStep: better = nextStep } = this.options;
    return {
      type: problemType(this.kind),
      title,
      status,
      ...(detail === undefined ? {} : { detail }),
      reason,
      nextStep: better,
      ...(errors === undefined ? {} : { errors }),
      ...members,
    };
  }

  /** The answer's headers besides the content type. */
  toHeaders(): Record<string, string> {
    const { headers, retryAfterSeconds } = this.options;
    return {
      ...headers,
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterSeconds)) }),
    };
  }
}

/** The URI that names a kind of problem. */
export function problemType(kind: ProblemReason): string {
  return `urn:tenure:problem:${kind}`;
}

/** Sends a problem, unless the answer has already begun: then the connection is cut, so that nobody takes it for whole. */
export function sendProblem(res: Response, problem: ApiProblem): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.status(problem.status).set(problem.toHeaders()).set('Cache-Control', 'no-store');
  res.type(PROBLEM_TYPE).send(JSON.stringify(problem.toBody()));
}
