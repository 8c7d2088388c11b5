/** Every route's contract: what the document lists and what methods an address has. */
import * as apiKeys from '../api-keys/contract.ts';
import * as audit from '../audit/contract.ts';
import * as catalog from '../catalog/contract.ts';
import * as checkouts from '../checkouts/contract.ts';
import * as codec from '../codec/contract.ts';
import * as credentials from '../credentials/contract.ts';
import * as customers from '../customers/contract.ts';
import * as firstBoots from '../first-boots/contract.ts';
import * as fleet from '../fleet/contract.ts';
import * as health from '../health/contract.ts';
import type { RouteContract } from '../http/contract.ts';
import * as imports from '../imports/contract.ts';
import * as instances from '../instances/contract.ts';
import * as orders from '../orders/contract.ts';
import * as paymentEvents from '../payment-events/contract.ts';
import * as planChanges from '../plan-changes/contract.ts';
import * as subscriptions from '../subscriptions/contract.ts';
import * as webhooks from '../webhooks/contract.ts';
import { getOpenApi } from './contract.ts';

export const ROUTES: readonly RouteContract[] = [
  catalog.getCatalog,
  checkouts.createCheckout,
  orders.getOrder,
  orders.watchOrder,
  orders.payOrder,
  orders.actOnOrder,
  credentials.getCredentialsStatus,
  credentials.revealCredentials,
  firstBoots.reportFirstBoot,
  subscriptions.listSubscriptions,
  subscriptions.getSubscription,
  subscriptions.getTimeline,
  subscriptions.suspendSubscription,
  subscriptions.resumeSubscription,
  subscriptions.cancelSubscription,
  subscriptions.retrySubscription,
  subscriptions.refundSubscription,
  subscriptions.rotateCredentials,
  planChanges.listPlanChoices,
  planChanges.previewPlanChange,
  planChanges.changePlan,
  planChanges.keepPlan,
  planChanges.listOrderPlanChoices,
  planChanges.previewOrderPlanChange,
  planChanges.changeOrderPlan,
  planChanges.keepOrderPlan,
  instances.getInstance,
  instances.operateInstance,
  instances.listInstanceOperations,
  instances.listInstanceSnapshots,
  instances.getOperation,
  instances.getOrderInstance,
  instances.operateOrderInstance,
  instances.listOrderInstanceOperations,
  instances.listOrderInstanceSnapshots,
  instances.getOrderOperation,
  customers.listCustomers,
  customers.getCustomer,
  customers.changeCustomer,
  audit.listAuditEvents,
  paymentEvents.listPaymentEvents,
  fleet.listProviders,
  fleet.drainProvider,
  fleet.undrainProvider,
  fleet.listFindings,
  fleet.ignoreFinding,
  fleet.removeFinding,
  imports.createImport,
  imports.getImport,
  apiKeys.listApiKeys,
  apiKeys.createApiKey,
  apiKeys.revokeApiKey,
  codec.decodePayloads,
  codec.encodePayloads,
  codec.openSession,
  codec.signInPage,
  webhooks.receiveWebhook,
  health.healthz,
  health.readyz,
  health.metrics,
  getOpenApi,
];
