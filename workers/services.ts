/** The composition root: every part that is chosen by configuration, made once per process. */
import { hostname } from 'node:os';
import type { DataSource } from 'typeorm';
import { probeAccess } from '../activities/access/probe.ts';
import { createBackupActivities, type BackupActivities } from '../activities/backups/activities.ts';
import { createBackupFacts, type BackupFacts } from '../activities/backups/facts.ts';
import { createHypervisors, type PaceOf } from '../activities/hypervisors/registry.ts';
import {
  createImportBillingActivities,
  type ImportBillingActivities,
} from '../activities/imports/billing.ts';
import { createImportFacts, type ImportFacts } from '../activities/imports/facts.ts';
import { createImportServerActivities, type ImportServerActivities } from '../activities/imports/servers.ts';
import { createInstanceActivities, type InstanceActivities } from '../activities/instances/activities.ts';
import { createFirstBootRecords } from '../activities/instances/first-boot.ts';
import { createExtraRows } from '../activities/instances/extras.ts';
import { createInstanceRows } from '../activities/instances/rows.ts';
import { createMailActivities, type MailActivities } from '../activities/mail/activities.ts';
import { createComposer, createFleetComposer } from '../activities/mail/compose.ts';
import { createSmtpTransport } from '../activities/mail/smtp.ts';
import { createOperationActivities, type OperationActivities } from '../activities/operations/perform.ts';
import { createOperationRows } from '../activities/operations/rows.ts';
import type { OperationDependencies } from '../activities/operations/work.ts';
import { createPaymentActivities, type PaymentActivities } from '../activities/payments/activities.ts';
import { createBilling } from '../activities/payments/billing.ts';
import type { PaymentGateway } from '../activities/payments/port.ts';
import { createStripeGateway } from '../activities/payments/stripe/gateway.ts';
import { createReconcileActivities, type ReconcileActivities } from '../activities/reconcile/activities.ts';
import { createComparisonFacts, type ComparisonFacts } from '../activities/reconcile/comparison.ts';
import { createSubscriptionFacts, type SubscriptionFacts } from '../activities/subscriptions/facts.ts';
import type { Hypervisor } from '../activities/hypervisors/port.ts';
import type { AccessProtocol } from '../schemas/catalog/access.ts';
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

/** @param paceOf for processes that call providers. */
export function hypervisorsOf(config: Config, paceOf?: PaceOf): ReadonlyMap<string, Hypervisor> {
  return createHypervisors(config, paceOf);
}

export function factsOf(config: Config, db: DataSource): SubscriptionFacts {
  return createSubscriptionFacts({
    db,
    secretBox: secretBoxOf(config),
    ports: portsOf(config),
    credentialsLinkHours: config.CREDENTIALS_LINK_HOURS,
    drivers: hypervisorsOf(config),
  });
}

/** Where each protocol is entered, unless somebody says otherwise. */
function portsOf({ SSH_PORT, RDP_PORT }: Config): Record<AccessProtocol, number> {
  return { ssh: SSH_PORT, rdp: RDP_PORT, web: HTTPS_PORT };
}

export function importFactsOf(config: Config, db: DataSource): ImportFacts {
  return createImportFacts({
    db,
    secretBox: secretBoxOf(config),
    ports: portsOf(config),
    drivers: hypervisorsOf(config),
  });
}

export function importServersOf(
  config: Config,
  db: DataSource,
  hypervisor: Hypervisor,
): ImportServerActivities {
  return createImportServerActivities({
    db,
    hypervisor,
    secretBox: secretBoxOf(config),
    ports: portsOf(config),
    probe: probeAccess,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
  });
}

export function importBillingOf(config: Config, db: DataSource): ImportBillingActivities {
  return createImportBillingActivities({ db, gateway: paymentsOf(config) });
}

export function instanceActivitiesOf(
  config: Config,
  db: DataSource,
  hypervisor: Hypervisor,
): InstanceActivities & OperationActivities {
  const deps: OperationDependencies = {
    rows: createInstanceRows(db),
    hypervisor,
    secretBox: secretBoxOf(config),
    firstBoots: createFirstBootRecords({
      db,
      tokenSecret: config.TOKEN_SECRET,
      publicUrl: config.PUBLIC_URL,
    }),
    extras: createExtraRows(db),
    operations: createOperationRows(db),
    probe: probeAccess,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
  };
  return { ...createInstanceActivities(deps), ...createOperationActivities(deps) };
}

export function backupFactsOf(db: DataSource): BackupFacts {
  return createBackupFacts({ db });
}

export function backupActivitiesOf(db: DataSource, hypervisor: Hypervisor): BackupActivities {
  return createBackupActivities({ db, hypervisor, operations: createOperationRows(db) });
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
