import assert from 'node:assert/strict';
import { problemsOf } from '../../../api/http/contract.ts';
import { PROBLEMS } from '../../../api/http/problem-catalogue.ts';
import { createOpenApiDocument } from '../../../api/openapi/document.ts';
import { ROUTES } from '../../../api/openapi/routes.ts';

describe('the OpenAPI document', () => {
  const document = createOpenApiDocument();
  const text = JSON.stringify(document);

  it('is the same each time', () => {
    assert.equal(JSON.stringify(createOpenApiDocument()), text);
    assert.match(document.openapi, /^3\.1\./);
  });

  it('has an operation for each route, with a name of its own', () => {
    const names = ROUTES.map(({ operationId }) => operationId);
    assert.equal(new Set(names).size, names.length);
    for (const { path, method, operationId } of ROUTES) {
      assert.equal(document.paths?.[path]?.[method]?.operationId, operationId);
    }
  });

  it('refers to nothing that is not there', () => {
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(document.components?.schemas?.[name ?? ''], name);
    }
  });

  it('names no vendor', () => {
    assert.equal(/stripe|vultr/i.test(text), false);
  });

  for (const route of ROUTES) {
    const where = `${route.method} ${route.path}`;
    it(`${where}: its examples fit its shapes, and every answer is described`, () => {
      const { body, params, paramExamples, answers } = route;
      if (body) assert.deepEqual(body.shape.safeParse(body.example).error, undefined);
      if (params && paramExamples) assert.equal(params.safeParse(paramExamples).error, undefined);
      for (const [status, answer] of Object.entries(answers)) {
        if (answer.body) assert.equal(answer.body.safeParse(answer.example).error, undefined, status);
      }
      const documented = Object.keys(document.paths?.[route.path]?.[route.method]?.responses ?? {});
      const expected = [
        ...Object.keys(answers),
        ...problemsOf(route).map((reason) => String(PROBLEMS[reason].status)),
      ];
      assert.deepEqual(documented.sort(), [...new Set(expected)].sort());
    });
  }

  it('tells every problem what to do next, in a sentence', () => {
    for (const { title, nextStep } of Object.values(PROBLEMS)) {
      assert.match(nextStep, /^[A-Z].*\.$/, nextStep);
      assert.doesNotMatch(title, /\.$/);
    }
  });
});
