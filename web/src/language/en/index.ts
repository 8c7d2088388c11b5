import { app, errors } from './app.ts';
import { buy } from './buy.ts';
import { credentials } from './credentials.ts';
import { history } from './history.ts';
import { order } from './order.ts';
import { shop } from './shop.ts';

export const en = { app, errors, shop, buy, order: { ...order, ...history }, credentials };
