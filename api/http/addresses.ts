/** What is not answered by any route: a wrong method at a known address, or nothing there at all. */
import type { RequestHandler } from 'express';
import type { RouteContract } from './contract.ts';
import { groupBy } from './group-by.ts';
import { ApiProblem } from './problem.ts';

interface Address {
  path: RegExp;
  template: string;
  methods: Set<string>;
}

/** The middleware after all routes. Answers OPTIONS, and throws `method-not-allowed` or `not-found` for the rest. */
export function unanswered(routes: readonly RouteContract[]): RequestHandler {
  const addresses = addressesOf(routes);
  return (req, res) => {
    const found = addresses.filter(({ path }) => path.test(req.path));
    if (found.length === 0) throw new ApiProblem('not-found');
    res.locals['route'] = found[0]?.template;
    const methods = new Set(found.flatMap((address) => [...address.methods]));
    const allow = [...methods, 'OPTIONS'].join(', ');
    if (req.method === 'OPTIONS') {
      res.set('Allow', allow).status(204).end();
      return;
    }
    // A known address and method that was not answered: a parameter that cannot be one.
    if (methods.has(req.method)) throw new ApiProblem('not-found');
    throw new ApiProblem('method-not-allowed', {
      detail: `${req.method} is not possible here.`,
      headers: { Allow: allow },
    });
  };
}

function addressesOf(routes: readonly RouteContract[]): Address[] {
  const byPath = groupBy(routes, ({ path }) => path);
  return [...byPath].map(([template, contracts]) => ({
    template,
    path: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    methods: new Set(
      contracts.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
    ),
  }));
}
