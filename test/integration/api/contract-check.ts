/** Compares real answers with what the contracts, and so the OpenAPI document, say. */
import assert from 'node:assert/strict';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { type AnswerContract, problemsOf, type RouteContract } from '../../../api/http/contract.ts';
import { PROBLEMS } from '../../../api/http/problem-catalogue.ts';
import { ROUTES } from '../../../api/openapi/routes.ts';
import { Problem } from '../../../schemas/api/common.ts';

/** Makes the client throw an AssertionError on an answer that its route does not document. */
export function checkingContract(http: AxiosInstance): AxiosInstance {
  http.interceptors.response.use((response) => {
    checkAnswer(response);
    return response;
  });
  return http;
}

function checkAnswer({ config, status, data, headers }: AxiosResponse<unknown>): void {
  const path = new URL(config.url ?? '', 'http://any').pathname;
  const route = ROUTES.find((one) => one.method === config.method && patternOf(one).test(path));
  if (!route) return;
  const where = `${route.method} ${route.path} → ${status} ${JSON.stringify(data)?.slice(0, 500)}`;
  const type = String(headers['content-type'] ?? '');
  const answer = route.answers[status];
  if (answer) checkBody(answer, { data, type, where });
  else checkProblem(route, { status, data, type, where });
  assert.ok(headers['x-request-id'], `${where}: no request id`);
  // Webhooks are for machines and go without what browsers need.
  const forMachines = route.tag === 'Webhooks';
  assert.ok(forMachines || headers['content-security-policy'], `${where}: no content security policy`);
}

function checkBody(
  answer: AnswerContract,
  { data, type, where }: { data: unknown; type: string; where: string },
) {
  if (answer.alsoText !== undefined && type.startsWith(answer.alsoText)) return;
  if (answer.text !== undefined) assert.ok(type.startsWith(answer.text), `${where}: ${type}`);
  if (!answer.body) return;
  assert.match(type, /^application\/json/, where);
  const parsed = answer.body.safeParse(data);
  assert.ok(parsed.success, `${where}: ${parsed.error?.message}`);
}

function checkProblem(
  route: RouteContract,
  { status, data, type, where }: { status: number; data: unknown; type: string; where: string },
): void {
  const documented = problemsOf(route).filter((reason) => PROBLEMS[reason].status === status);
  assert.ok(documented.length > 0, `${where}: not documented`);
  assert.match(type, /^application\/problem\+json/, `${where}: ${type}`);
  const problem = Problem.parse(data);
  assert.equal(problem.type.startsWith('urn:tenure:problem:'), true, where);
  const kind = problem.type.slice('urn:tenure:problem:'.length);
  assert.ok(
    documented.some((reason) => reason === kind),
    `${where}: reason not documented`,
  );
  assert.ok(problem.nextStep.length > 0, where);
}

function patternOf({ path }: RouteContract): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
