/** The composition root: every part that is chosen by configuration, made once per process. */
import { hostname } from 'node:os';
import type { DataSource } from 'typeorm';
import { probeAccess } from '../activities/access/probe.ts';
import { createHypervisors } from '../activities/hypervisors/registry.ts';
import { createInstanceActivities, type InstanceActivities } from '../activities/instances/activities.ts';
import { createInstanceRows } from '../activities/instances/rows.ts';
import { createMailActivities, type MailActivities } from '../activities/mail/activities.ts';
import { createComposer, createFleetComposer } from '../activities/mail/compose.ts';
import { createSmtpTransport } from '../activities/mail/smtp.ts';
import { createPaymentActivities, type PaymentActivities } from '../activities/payments/activities.ts';
import { createBilling } from '../activities/payments/billing.ts';
import type { PaymentGateway } from '../activities/payments/port.ts';
import { createStripeGateway } from '../activities/payments/stripe/gateway.ts';
import { createReconcileActivities, type ReconcileActivities } from '../activities/reconcile/activities.ts';
import { createComparisonFacts, type ComparisonFacts } from '../activities/reconcile/comparison.ts';
import { createSubscriptionFacts, type SubscriptionFacts } from '../activities/subscriptions/facts.ts';
import type { Hypervisor } from '../activities/hypervisors/port.ts';
import type { Config } from '../schemas/config.ts';
import { createSecretBox, type SecretBox } from '../schemas/crypto/secret-box.ts';

/** How long one look at a server may take. */
const PROBE_TIMEOUT_MS = 10_000;
/** Where applications on the web are tried whose provider tells no URL. */
const HTTPS_PORT = 443;

export function secretBoxOf(config: Config): SecretBox {
  return createSecretBox(config.ENCRYPTION_KEYS);
}

export function paymentsOf(config: Config): PaymentGateway {
  return createStripeGateway({
    secretKey: config.STRIPE_SECRET_KEY,
    webhookSecrets: config.STRIPE_WEBHOOK_SECRET.split(','),
    apiBase: config.STRIPE_API_BASE,
    automaticTax: config.STRIPE_TAX,
    toleranceSeconds: config.STRIPE_WEBHOOK_TOLERANCE_SECONDS,
  });
}

export function hypervisorsOf(config: Config): ReadonlyMap<string, Hypervisor> {
  return createHypervisors(config);
}

export function factsOf(config: Config, db: DataSource): SubscriptionFacts {
  return createSubscriptionFacts({
    db,
    secretBox: secretBoxOf(config),
    ports: { ssh: config.SSH_PORT, rdp: config.RDP_PORT, web: HTTPS_PORT },
    credentialsLinkHours: config.CREDENTIALS_LINK_HOURS,
    drivers: hypervisorsOf(config),
  });
}

export function instanceActivitiesOf(
  config: Config,
  db: DataSource,
  hypervisor: Hypervisor,
): InstanceActivities {
  return createInstanceActivities({
    rows: createInstanceRows(db),
    hypervisor,
    secretBox: secretBoxOf(config),
    probe: probeAccess,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
  });
}

export function comparisonFactsOf(config: Config, db: DataSource): ComparisonFacts {
  return createComparisonFacts({
    db,
    snapshotDays: config.RECONCILE_SNAPSHOT_DAYS,
    capacity: {
      alertPercent: config.CAPACITY_ALERT_PERCENT,
      alertDays: config.CAPACITY_ALERT_DAYS,
      trendDays: config.CAPACITY_TREND_DAYS,
      triggers: [
        {
          name: 'own-hardware',
          advice: 'own hardware beside the cloud',
          customers: config.SCALE_HARDWARE_CUSTOMERS,
          mrrMinor: config.SCALE_HARDWARE_MRR_MINOR,
        },
        {
          name: 'cluster',
          advice: 'a cluster of own hardware',
          customers: config.SCALE_CLUSTER_CUSTOMERS,
          mrrMinor: config.SCALE_CLUSTER_MRR_MINOR,
        },
      ],
    },
  });
}

export function reconcileActivitiesOf(
  config: Config,
  db: DataSource,
  hypervisor: Hypervisor,
): ReconcileActivities {
  return createReconcileActivities({
    db,
    hypervisor,
    brakePercent: config.RECONCILE_BRAKE_PERCENT,
    isRemovalOn: config.RECONCILE_REMOVE,
    minAgeHours: config.RECONCILE_MIN_AGE_HOURS,
  });
}

export function paymentActivitiesOf(config: Config, db: DataSource): PaymentActivities {
  const gateway = paymentsOf(config);
  return createPaymentActivities({ db, gateway, billing: createBilling(db, gateway) });
}

export function mailActivitiesOf(config: Config, db: DataSource): MailActivities {
  const composing = {
    db,
    secretBox: secretBoxOf(config),
    tokenSecret: config.TOKEN_SECRET,
    publicUrl: config.PUBLIC_URL,
    temporalUiUrl: config.TEMPORAL_UI_URL,
    temporalNamespace: config.TEMPORAL_NAMESPACE,
    from: config.MAIL_FROM,
    staffEmail: config.STAFF_EMAIL,
    supportEmail: config.SUPPORT_EMAIL ?? config.STAFF_EMAIL,
    brandName: config.TENANT_NAME,
    zone: config.TIME_ZONE,
  };
  const transport = createSmtpTransport({ smtpUrl: config.SMTP_URL });
  return createMailActivities({
    db,
    transport,
    compose: createComposer(composing),
    composeForFleet: createFleetComposer(composing),
    domain: new URL(config.PUBLIC_URL).hostname || hostname(),
  });
}
