import { CatalogView } from '../../schemas/api/shop.ts';
import { defineRoute } from '../http/contract.ts';
import { exampleShopPlan } from './example.ts';

export const getCatalog = defineRoute({
  method: 'get',
  path: '/v1/catalog',
  operationId: 'getCatalog',
  tag: 'Shop',
  summary: 'The plans on sale',
  description: 'Amounts are per instance, net of tax and in minor units (cents).',
  access: 'public',
  answers: {
    200: {
      description: 'The plans, in the order of the catalogue.',
      body: CatalogView,
      example: { shopName: 'Tenure', plans: [exampleShopPlan] },
    },
  },
});
