import express, { type Request, type Router } from 'express';
import { type Plan, applications, operatingSystems, planTypes, plans, regions } from './catalog.ts';
import { availablePlans, runsWindows } from './deploying.ts';
import { badRequest, notFound } from './errors.ts';
import { methodsOf } from './methods.ts';
import { page, placed } from './paging.ts';
import type { Sandbox } from './sandbox.ts';

/** What is for sale; these lists are public. */
export function catalogRoutes({ store }: Sandbox): Router {
  const router = express.Router();

  methodsOf(router, '/regions', {
    get: (req, res) => {
      const { shown, meta } = page(req, placed(regions));
      res.json({ regions: shown, meta });
    },
  });

  methodsOf(router, '/regions/:id/availability', {
    get: (req, res) => {
      const region = String(req.params['id']);
      if (!regions.some(({ id }) => id === region)) throw notFound('Invalid region.');
      const available = ofAskedType(req, availablePlans(store.state, region));
      res.json({ available_plans: available.map(({ id }) => id) });
    },
  });

  methodsOf(router, '/plans', {
    get: (req, res) => {
      const forWindows = req.query['os'] === 'windows';
      const wanted = ofAskedType(req, plans).filter((plan) => !forWindows || runsWindows(plan));
      const { shown, meta } = page(req, placed(wanted));
      res.json({ plans: shown, meta });
    },
  });

  methodsOf(router, '/os', {
    get: (req, res) => {
      const { shown, meta } = page(req, placed(operatingSystems));
      res.json({ os: shown, meta });
    },
  });

  methodsOf(router, '/applications', {
    get: (req, res) => {
      const { type = 'all' } = req.query;
      if (type !== 'all' && type !== 'one-click' && type !== 'marketplace') throw badRequest('Invalid type.');
      const wanted = applications.filter((application) => type === 'all' || application.type === type);
      const { shown, meta } = page(req, placed(wanted));
      res.json({ applications: shown, meta });
    },
  });

  return router;
}

/** `/account`. */
export function accountRoutes(): Router {
  const router = express.Router();
  const account = {
    name: 'Sandbox Account',
    email: 'operator@example.com',
    acls: ['subscriptions_view', 'subscriptions', 'provisioning', 'billing', 'upgrade'],
    balance: -100,
    pending_charges: 0,
    last_payment_date: '2026-01-01T00:00:00+00:00',
    last_payment_amount: -100,
  };
  methodsOf(router, '/account', {
    get: (_req, res) => {
      res.json({ account });
    },
  });
  return router;
}

function ofAskedType(req: Request, all: readonly Plan[]): Plan[] {
  const { type = 'all' } = req.query;
  if (typeof type !== 'string' || !planTypes.includes(type)) throw badRequest('Invalid type.');
  return all.filter((plan) => type === 'all' || plan.type === type || plan.type.startsWith(`${type}-`));
}
