/** The levers of the stand-ins. */
import axios from 'axios';
import type { SmtpFaultRule } from '../../deploy/sandbox/mail/faults.ts';
import type { FaultRule } from '../../deploy/sandbox/shared/faults.ts';
import type { DeliveryResult } from '../../deploy/sandbox/stripe/webhooks/courier.ts';
import type { Tenure } from '../harness/tenure.ts';

export interface Levers {
  breakVultr(rule: FaultRule): Promise<void>;
  breakStripe(rule: FaultRule): void;
  breakMail(rule: SmtpFaultRule): Promise<void>;
  /** How often the rules struck, by stand-in. */
  hits(): Promise<{ vultr: number; stripe: number; mail: number }>;
  /** Everything works again. */
  mend(): Promise<void>;
  /** Freezes or thaws the boots of instances. */
  holdBoots(hold: boolean): Promise<void>;
  /** The next period begins and is collected for. */
  renew(billingRef: string, outcome?: 'succeeds' | 'declines'): Promise<void>;
  /** The customer pays the open invoice. */
  payOpenInvoice(billingRef: string): Promise<void>;
  holdWebhooks(): Promise<void>;
  /** Delivers what is held, first in this order of event types. */
  releaseWebhooks(order?: string[]): Promise<DeliveryResult[]>;
  /** Sends an event again, this many times at once. */
  redeliver(eventId: string, times: number): Promise<DeliveryResult[]>;
  /** Where webhooks go. */
  sendWebhooksTo(url: string): Promise<void>;
  /** Events that the payment provider could not deliver yet. */
  undelivered(): Promise<number>;
}

interface Rules {
  faults: { hits: number }[];
}

export function leversOf(tenure: Tenure): Levers {
  const vultr = `${tenure.vultr.url.replace(/\/v2$/, '')}/__sandbox`;
  const stripe = `${tenure.stripe.url}/__sandbox/stripe`;
  const mail = `${tenure.mail.url}/__sandbox`;
  const sum = ({ faults }: Rules): number => faults.reduce((total, { hits }) => total + hits, 0);
  return {
    breakVultr: async (rule) => void (await axios.post(`${vultr}/faults`, rule)),
    breakStripe: (rule) => void tenure.stripe.faults.add(rule),
    breakMail: async (rule) => void (await axios.post(`${mail}/faults`, rule)),
    async hits() {
      const [ofVultr, ofMail] = await Promise.all([
        axios.get<Rules>(`${vultr}/faults`),
        axios.get<Rules>(`${mail}/faults`),
      ]);
      return {
        vultr: sum(ofVultr.data),
        stripe: sum({ faults: tenure.stripe.faults.list() }),
        mail: sum(ofMail.data),
      };
    },
    async mend() {
      tenure.stripe.faults.clear();
      await Promise.all([axios.delete(`${vultr}/faults`), axios.delete(`${mail}/faults`)]);
    },
    holdBoots: async (hold) =>
      void (await axios.request({ method: hold ? 'POST' : 'DELETE', url: `${vultr}/vultr/hold` })),
    renew: async (billingRef, outcome) =>
      void (await axios.post(`${stripe}/subscriptions/${billingRef}/renew`, outcome ? { outcome } : {})),
    payOpenInvoice: async (billingRef) =>
      void (await axios.post(`${stripe}/subscriptions/${billingRef}/pay`, { outcome: 'succeeds' })),
    holdWebhooks: async () => void (await axios.post(`${stripe}/webhook/hold`)),
    async releaseWebhooks(order = []) {
      const { data } = await axios.post<{ delivered: DeliveryResult[] }>(`${stripe}/webhook/release`, {
        order,
      });
      return data.delivered;
    },
    async redeliver(eventId, times) {
      const { data } = await axios.post<{ delivered: DeliveryResult[] }>(
        `${stripe}/events/${eventId}/redeliver`,
        { times, atOnce: true },
      );
      return data.delivered;
    },
    sendWebhooksTo: async (url) => void (await axios.put(`${stripe}/webhook`, { url })),
    async undelivered() {
      const { data } = await axios.get<{ waiting: unknown[] }>(`${stripe}/webhook`);
      return data.waiting.length;
    },
  };
}
