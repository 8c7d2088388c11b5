/** The levers of the stand-ins. */
import axios from 'axios';
import type { ActiveSmtpFault, SmtpFaultRule } from '../../deploy/sandbox/mail/faults.ts';
import type { ActiveFault, FaultRule } from '../../deploy/sandbox/shared/faults.ts';
import type { DeliveryResult } from '../../deploy/sandbox/stripe/webhooks/courier.ts';
import type { Tenure } from '../harness/tenure.ts';

export interface Levers {
  breakVultr(rule: FaultRule): Promise<void>;
  breakStripe(rule: FaultRule): void;
  breakMail(rule: SmtpFaultRule): Promise<void>;
  /** The rules in force: what each is about, and how often it struck of the times it is to strike. */
  rules(): Promise<Rule[]>;
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

export interface Rule {
  what: string;
  hits: number;
  times: number | null;
}

interface Faults {
  faults: (ActiveFault | ActiveSmtpFault)[];
}

export function leversOf(tenure: Tenure): Levers {
  const vultr = `${tenure.vultr.url.replace(/\/v2$/, '')}/__sandbox`;
  const stripe = `${tenure.stripe.url}/__sandbox/stripe`;
  const mail = `${tenure.mail.url}/__sandbox`;
  const ruleOf = (fault: ActiveFault | ActiveSmtpFault): Rule => {
    const place = 'path' in fault ? `${fault.method} ${fault.path}` : `mail at ${fault.at}`;
    return { what: `${fault.kind} ${place}`, hits: fault.hits, times: fault.times };
  };
  return {
    breakVultr: async (rule) => void (await axios.post(`${vultr}/faults`, rule)),
    breakStripe: (rule) => void tenure.stripe.faults.add(rule),
    breakMail: async (rule) => void (await axios.post(`${mail}/faults`, rule)),
    async rules() {
      const [ofVultr, ofMail] = await Promise.all([
        axios.get<Faults>(`${vultr}/faults`),
        axios.get<Faults>(`${mail}/faults`),
      ]);
      return [...ofVultr.data.faults, ...tenure.stripe.faults.list(), ...ofMail.data.faults].map(ruleOf);
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
