/** A fleet of workers that reaches everything but Temporal over links that can fall ill. */
import { lab } from '../../harness/lab.ts';
import type { Tenure } from '../../harness/tenure.ts';
import { type Fleet, openFleet } from '../fleet.ts';
import { type Link, openLink } from './link.ts';

export const LINKED = ['provider', 'payments', 'mail', 'database'] as const;
export type Linked = (typeof LINKED)[number];

export interface LinkedFleet {
  fleet: Fleet;
  /** The database has two, one for each role. */
  links: Record<Linked, Link[]>;
  /** All links are well again. */
  recover(): void;
}

export async function linkUp({ config, ...tenure }: Tenure): Promise<LinkedFleet> {
  const [vultr, stripe, smtp, app, gateway] = await Promise.all(
    [
      config.VULTR_API_BASE,
      config.STRIPE_API_BASE,
      config.SMTP_URL,
      config.DATABASE_URL,
      config.GATEWAY_DATABASE_URL,
    ].map(openLink),
  );
  if (!vultr || !stripe || !smtp || !app || !gateway) throw new Error('A link is missing.');
  const fleet = await openFleet(
    { config, ...tenure },
    {
      VULTR_API_BASE: vultr.url,
      STRIPE_API_BASE: stripe.url,
      SMTP_URL: smtp.url,
      DATABASE_URL: app.url,
      GATEWAY_DATABASE_URL: gateway.url,
    },
  );
  const links = { provider: [vultr], payments: [stripe], mail: [smtp], database: [app, gateway] };
  const all = [vultr, stripe, smtp, app, gateway];
  (await lab()).onEnd(() => Promise.all(all.map((link) => link.close())));
  return { fleet, links, recover: () => all.forEach((link) => link.recover()) };
}
