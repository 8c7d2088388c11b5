import { app, errors } from './app.ts';
import { buy } from './buy.ts';
import { credentials } from './credentials.ts';
import { history } from './history.ts';
import { order } from './order.ts';
import { planChange } from './plan-change.ts';
import { server } from './server.ts';
import { shop } from './shop.ts';

export const en = {
  app,
  errors,
  shop,
  buy,
  order: { ...order, ...history, server, planChange },
  credentials,
};
