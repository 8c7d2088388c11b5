/** What the document says of the shapes beyond what can be read off them: their names, and refinements as patterns. */
import { zodToOpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { PageQuery, Problem } from '../../schemas/api/common.ts';
import * as shop from '../../schemas/api/shop.ts';
import * as staff from '../../schemas/api/staff.ts';
import { PlanPrice, PlanResources } from '../../schemas/catalog/plan.ts';
import { LocalizedText } from '../../schemas/language.ts';
import { CURSOR_PATTERN } from '../http/paging.ts';
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
  Customer: staff.CustomerView,
  CustomerChange: staff.CustomerChange,
  AuditEvent: staff.AuditEventView,
  PaymentEvent: staff.PaymentEventView,
  ApiKey: staff.ApiKeyView,
  CreatedApiKey: staff.CreatedApiKey,
};

/** One line of text with something in it; zod's refinements are functions, which no document can hold. */
const LINE = String.raw`^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$`;
const TEXT = String.raw`^[^\u0000]*[^\s\u0000][^\u0000]*$`;
const LINE_OR_NOTHING = String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`;

const PATTERNS: [z.ZodType, string][] = [
  [PageQuery.shape.cursor, CURSOR_PATTERN],
  [shop.CheckoutRequest.shape.name, LINE],
  [shop.CheckoutRequest.shape.email, z.regexes.email.source],
  [staff.CustomerChange.shape.name, LINE],
  [staff.CustomerChange.shape.email, z.regexes.email.source],
  [shop.OrderActionRequest.shape.reason, LINE_OR_NOTHING],
  [staff.SuspendBody.shape.reason, LINE],
  [staff.CancelBody.shape.reason, LINE],
  [staff.RefundBody.shape.reason, LINE],
  [staff.CreateApiKeyBody.shape.name, TEXT],
];

/** Gives the shapes their names in place: they are nested in one another, so copies would not do. */
export function detailSchemas(): void {
  for (const [schema, pattern] of PATTERNS) zodToOpenAPIRegistry.add(schema, { pattern });
  for (const [refId, schema] of Object.entries(SCHEMAS)) {
    zodToOpenAPIRegistry.add(schema, { _internal: { refId } });
  }
}
