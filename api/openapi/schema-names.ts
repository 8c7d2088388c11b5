/** Which shapes are components of the document, by name. */
import { zodToOpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import { Problem } from '../../schemas/api/common.ts';
import * as shop from '../../schemas/api/shop.ts';
import * as staff from '../../schemas/api/staff.ts';
import { PlanPrice, PlanResources } from '../../schemas/catalog/plan.ts';
import { LocalizedText } from '../../schemas/language.ts';
import { AcceptedOrder } from '../orders/contract.ts';
import { AcceptedSubscription } from '../subscriptions/contract.ts';

const SCHEMAS: Record<string, z.ZodType> = {
  Problem,
  LocalizedText,
  PlanPrice,
  PlanResources,
  ShopPlan: shop.ShopPlan,
  Catalog: shop.CatalogView,
  CheckoutRequest: shop.CheckoutRequest,
  Checkout: shop.CheckoutAnswer,
  TimelineEntry: shop.TimelineEntry,
  Order: shop.OrderView,
  AcceptedOrder,
  OrderActionRequest: shop.OrderActionRequest,
  CredentialsStatus: shop.CredentialsStatus,
  Credentials: shop.CredentialsView,
  Instance: staff.InstanceView,
  Subscription: staff.SubscriptionView,
  AcceptedSubscription,
  AuditEvent: staff.AuditEventView,
  PaymentEvent: staff.PaymentEventView,
  ApiKey: staff.ApiKeyView,
  CreatedApiKey: staff.CreatedApiKey,
};

/** Gives the shapes their names in place: they are nested in one another, so copies would not do. */
export function nameSchemas(): void {
  for (const [refId, schema] of Object.entries(SCHEMAS)) {
    zodToOpenAPIRegistry.add(schema, { _internal: { refId } });
  }
}
