/** Which addresses there are and which methods each has: for OPTIONS, wrong methods, and addresses with nothing behind them. */
import type { RequestHandler } from 'express';
import type { RouteContract } from './contract.ts';
import { groupBy } from './group-by.ts';
import { ApiProblem } from './problem.ts';

interface Address {
  path: RegExp;
  template: string;
  methods: string[];
}

/** Before the routes: answers OPTIONS at known addresses. */
export function answerOptions(routes: readonly RouteContract[]): RequestHandler {
  const addresses = addressesOf(routes);
  return (req, res, next) => {
    const found = req.method === 'OPTIONS' ? find(addresses, req.path) : undefined;
    if (!found) return next();
    res.locals['route'] = found.template;
    res.set('Allow', allowed(found)).status(204).end();
  };
}

/** After the routes: throws `method-not-allowed` or `not-found`. */
export function unanswered(routes: readonly RouteContract[]): RequestHandler {
  const addresses = addressesOf(routes);
  return (req, res) => {
    const found = find(addresses, req.path);
    if (!found || found.methods.includes(req.method)) throw new ApiProblem('not-found');
    res.locals['route'] = found.template;
    throw new ApiProblem('method-not-allowed', {
      detail: `${req.method} is not possible here.`,
      headers: { Allow: allowed(found) },
    });
  };
}

function find(addresses: Address[], path: string): Address | undefined {
  return addresses.find((address) => address.path.test(path));
}

function allowed({ methods }: Address): string {
  return [...methods, 'OPTIONS'].join(', ');
}

function addressesOf(routes: readonly RouteContract[]): Address[] {
  return [...groupBy(routes, ({ path }) => path)].map(([template, contracts]) => ({
    template,
    path: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    methods: contracts.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
  }));
}
