/** From a business event to a mail: looks up what the reader needs and renders it. */
import type { DataSource, EntityManager } from 'typeorm';
import { signToken } from '../../schemas/crypto/tokens.ts';
import type { SecretBox } from '../../schemas/crypto/secret-box.ts';
import { Customers } from '../../schemas/db/entities/customer.ts';
import { Instances, type Instance } from '../../schemas/db/entities/instance.ts';
import { Plans } from '../../schemas/db/entities/plan.ts';
import { Subscriptions, type Subscription } from '../../schemas/db/entities/subscription.ts';
import { withTenant } from '../../schemas/db/tenancy.ts';
import { subscriptionWorkflowId, toEdgeId } from '../../schemas/ids.ts';
import type { Language } from '../../schemas/language.ts';
import type { FleetMailRequest, MailFacts, MailRequest } from '../../schemas/mail/request.ts';
import type { MailContents, SubscriptionMail } from '../../schemas/mail/templates.ts';
import type { PlanTerms } from '../../schemas/catalog/plan.ts';
import type { OutgoingMail } from './port.ts';
import { renderMail } from './render.tsx';

export interface ComposerOptions {
  db: DataSource;
  secretBox: SecretBox;
  tokenSecret: string;
  publicUrl: string;
  temporalUiUrl: string;
  temporalNamespace: string;
  from: string;
  staffEmail: string;
  /** Shown to customers. */
  supportEmail: string;
  brandName: string;
  /** IANA zone in which times are written. */
  zone: string;
}

export type ComposedMail = Pick<OutgoingMail, 'from' | 'subject' | 'html' | 'text'> & {
  recipient: string;
  language: Language;
};
export type MailComposer = (request: MailRequest) => Promise<ComposedMail>;

/** What every mail about a subscription is made from. */
interface Material {
  subscription: Subscription;
  terms: PlanTerms;
  instances: Instance[];
  /** Instance id → its newest one-time link that still works. */
  links: Map<string, { url: string; expiresAt: string }>;
  language: Language;
  planName: string;
  orderUrl: string;
  facts: MailFacts;
}

export function createComposer(options: ComposerOptions): MailComposer {
  const { db, publicUrl, staffEmail, brandName, zone, from } = options;

  return async (request) => {
    const { tenantId, subscriptionId, template, facts } = request;
    return withTenant(db, tenantId, async (tx) => {
      const subscription = await tx.getRepository(Subscriptions).findOneByOrFail({ id: subscriptionId });
      const customer = await tx.getRepository(Customers).findOneByOrFail({ id: subscription.customerId });
      const { terms } = await tx.getRepository(Plans).findOneByOrFail({ id: subscription.planId });
      const { language } = customer;
      const orderToken = signToken(options.tokenSecret, 'order', tenantId, subscriptionId);
      const material: Material = {
        subscription,
        terms,
        instances: await currentInstances(tx, subscriptionId),
        links: await workingLinks(tx, options, request),
        language,
        planName: terms.name[language],
        orderUrl: `${publicUrl}/order/${orderToken}`,
        facts,
      };
      const contents = CONTENTS[template](material, options);
      const brand = { name: brandName, url: publicUrl, supportEmail: options.supportEmail };
      const rendered = await renderMail({ template, language, zone, contents }, brand);
      const recipient = template === 'staff-attention' ? staffEmail : customer.email;
      return { from, recipient, ...rendered };
    });
  };
}

export type FleetMailComposer = (request: FleetMailRequest) => Promise<ComposedMail>;

/** Mails to staff about a provider: all that they say comes with the request. */
export function createFleetComposer(
  options: Pick<ComposerOptions, 'from' | 'staffEmail' | 'supportEmail' | 'brandName' | 'publicUrl' | 'zone'>,
): FleetMailComposer {
  const { from, staffEmail: recipient, supportEmail, brandName, publicUrl, zone } = options;
  const brand = { name: brandName, url: publicUrl, supportEmail };
  return async ({ contents }) => {
    const mail = { template: 'staff-fleet' as const, language: 'en' as const, zone, contents };
    return { from, recipient, ...(await renderMail(mail, brand)) };
  };
}

/** Of each place the newest making. */
async function currentInstances(tx: EntityManager, subscriptionId: string): Promise<Instance[]> {
  const all = await tx
    .getRepository(Instances)
    .find({ where: { subscriptionId }, order: { ordinal: 'ASC', generation: 'ASC' } });
  return [...new Map(all.map((instance) => [instance.ordinal, instance])).values()];
}

async function workingLinks(
  tx: EntityManager,
  { tokenSecret, publicUrl }: ComposerOptions,
  { tenantId, subscriptionId }: MailRequest,
): Promise<Material['links']> {
  const rows: { id: string; instance_id: string; expires_at: Date }[] = await tx.query(
    `select distinct on (l.instance_id) l.id, l.instance_id, l.expires_at
     from credential_links l join instances i on i.id = l.instance_id
     where i.subscription_id = $1 and l.replaced_at is null order by l.instance_id, l.id desc`,
    [subscriptionId],
  );
  return new Map(
    rows.map(({ id, instance_id, expires_at }) => [
      instance_id,
      {
        url: `${publicUrl}/credentials/${signToken(tokenSecret, 'credentials', tenantId, id)}`,
        expiresAt: expires_at.toISOString(),
      },
    ]),
  );
}

const text = (facts: MailFacts, name: string): string => String(facts[name] ?? '');
const textOrNull = (facts: MailFacts, name: string): string | null =>
  facts[name] == null ? null : text(facts, name);
const order = ({ planName, orderUrl }: Material): { planName: string; orderUrl: string } => ({
  planName,
  orderUrl,
});
/** The subscription's price for all servers together. */
const price = ({ subscription, facts }: Material) => ({
  interval: subscription.interval,
  currency: subscription.currency,
  amountMinor: Number(facts.amountMinor ?? 0),
});
const urls = ({ links }: Material): string[] => [...links.values()].map(({ url }) => url);

/** Each mail's contents from the material. */
const CONTENTS: {
  [T in SubscriptionMail]: (material: Material, options: ComposerOptions) => MailContents[T];
} = {
  'order-received': (material) => ({ ...order(material), quantity: material.subscription.quantity }),
  'server-ready': (material, { secretBox }) => ({
    ...order(material),
    servers: material.instances.map((row) => server(row, material, secretBox)),
  }),
  'credentials-reminder': (material) => ({ ...order(material), credentialsUrls: urls(material) }),
  'credentials-rotated': (material) => ({
    ...order(material),
    credentialsUrls: urls(material),
    credentialsExpireAt: [...material.links.values()][0]?.expiresAt ?? new Date().toISOString(),
  }),
  'provisioning-delayed': order,
  'provisioning-failed': order,
  'payment-failed': (material) => ({ ...order(material), suspendAt: text(material.facts, 'suspendAt') }),
  suspended: (material) => ({
    ...order(material),
    reason: material.facts.reason === 'payment' ? 'payment' : 'staff',
    deleteAt: textOrNull(material.facts, 'deleteAt'),
  }),
  resumed: order,
  cancelled: (material) => ({
    ...order(material),
    serviceEndsAt: text(material.facts, 'serviceEndsAt'),
    deleteAt: text(material.facts, 'deleteAt'),
    unpaid: material.facts.cause === 'overdue',
  }),
  deleted: ({ planName, facts }) => ({
    planName,
    snapshotKeptUntil: textOrNull(facts, 'snapshotKeptUntil'),
    partly: Number(facts.withoutSnapshot ?? 0) > 0,
  }),
  refunded: ({ planName, facts, subscription }) => ({
    planName,
    amountMinor: Number(facts.amountMinor ?? 0),
    currency: subscription.currency,
    late: facts.cause === 'late',
  }),
  'server-missing': order,
  'server-imported': order,
  'server-rebuilt': (material) => ({
    ...order(material),
    credentialsUrls: urls(material),
    backupOf: textOrNull(material.facts, 'backupOf'),
  }),
  'plan-changed': (material) => ({
    ...order(material),
    ...price(material),
    chargedMinor: Number(material.facts.chargedMinor ?? 0),
  }),
  'plan-change-scheduled': (material) => ({
    ...price(material),
    orderUrl: material.orderUrl,
    newPlanName: text(material.facts, material.language === 'de' ? 'planNameDe' : 'planNameEn'),
    effectiveAt: text(material.facts, 'effectiveAt'),
  }),
  'plan-change-failed': (material) => ({
    ...order(material),
    currency: material.subscription.currency,
    isDeclined: material.facts.cause === 'declined',
    refundedMinor: Number(material.facts.refundedMinor ?? 0),
  }),
  'checkout-expired': ({ planName, subscription }, { publicUrl }) => ({
    planName,
    shopUrl: `${publicUrl}/buy/${subscription.planKey}`,
  }),
  'staff-attention': ({ planName, subscription, facts }, { temporalUiUrl, temporalNamespace }) => ({
    planName,
    subscriptionId: toEdgeId('subscription', subscription.id),
    reason: text(facts, 'reason'),
    message: text(facts, 'message'),
    temporalUrl: `${temporalUiUrl}/namespaces/${temporalNamespace}/workflows/${encodeURIComponent(subscriptionWorkflowId(subscription.id))}`,
    options: text(facts, 'options').split(',').filter(Boolean),
  }),
};

function server(
  row: Instance,
  { terms, links }: Material,
  secretBox: SecretBox,
): MailContents['server-ready']['servers'][number] {
  const inline = terms.credentialDelivery === 'inline';
  const link = links.get(row.id);
  return {
    hostname: row.hostname,
    address: row.address ?? '',
    port: row.port,
    protocol: row.protocol,
    username: row.username,
    credentialsUrl: inline ? null : (link?.url ?? null),
    credentialsExpireAt: inline ? null : (link?.expiresAt ?? null),
    password: inline ? secretBox.open(row.secret, `instance/${row.id}`) : null,
    hostKeyFingerprint: row.protocol === 'ssh' ? row.fingerprint : null,
  };
}
