import express, { type Request, type Response, type Router } from 'express';
import type { Invoice } from '../objects/invoice.ts';
import {
  answerInvoiceChallenge,
  invoicePageState,
  lastIntent,
  payByHand,
  type InvoicePageState,
} from '../money/hosted-invoice.ts';
import type { PaymentOutcome } from '../money/payments.ts';
import { NOBODY, type Tx } from '../world/tx.ts';
import type { World } from '../world/world.ts';
import { challengePage } from './challenge-page.ts';
import { declineProblem, fieldsOf, holderOf, languageOf, readInstrument, shownAgain } from './form-data.ts';
import { invoicePage } from './invoice-page.ts';
import { messagePage } from './layout.ts';
import { money } from './payment-form.ts';
import { TEXTS, type PageLanguage, type Problem } from './texts.ts';

/** An invoice as its reader sees it. */
interface Opened {
  invoice: Readonly<Invoice>;
  language: PageLanguage;
  state: InvoicePageState;
}

/** The hosted pages of invoices, below `/i`: the page itself and the bank's question. */
export function invoiceRouter(world: World): Router {
  const router = express.Router();
  const act = <T>(change: (tx: Tx) => T): T => world.transact(NOBODY, change);

  /** The invoice if it can be paid now; otherwise the reader is told, and gets nothing. */
  const openInvoice = (req: Request, res: Response): Opened | undefined => {
    const opened = find(world, req);
    if (opened?.state === 'open') return opened;
    if (opened && req.method === 'POST') res.redirect(303, pathOf(opened.invoice));
    else tellState(opened, req, res);
    return undefined;
  };
  const show = (opened: Opened, req: Request, res: Response, status: number, problems: Problem[]): void => {
    const { invoice, language } = opened;
    const page = invoicePage({
      invoice,
      language,
      methods: methodsOf(invoice),
      keepsMethod: keepsMethod(world, invoice),
      problems,
      typed: shownAgain(fieldsOf(req)),
    });
    res.status(status).send(page);
  };
  const goOn = (opened: Opened, outcome: PaymentOutcome, req: Request, res: Response): void => {
    const { invoice } = opened;
    if (outcome !== 'failed') return res.redirect(303, pathOf(invoice));
    show(opened, req, res, 402, [declineProblem(act((tx) => lastIntent(tx, invoice.id)))]);
  };

  router.get('/:id', (req, res) => {
    const opened = openInvoice(req, res);
    if (opened) show(opened, req, res, 200, []);
  });

  router.post('/:id', (req, res) => {
    const opened = openInvoice(req, res);
    if (!opened) return;
    const { invoice } = opened;
    const fields = fieldsOf(req);
    const typed = readInstrument(fields, methodsOf(invoice));
    if (Array.isArray(typed)) return show(opened, req, res, 422, typed);
    const outcome = act((tx) => payByHand(tx, invoice.id, typed, holderOf(fields)));
    if (outcome === 'challenge') return res.redirect(303, `${pathOf(invoice)}/confirm`);
    goOn(opened, outcome, req, res);
  });

  router.get('/:id/confirm', (req, res) => {
    const opened = openInvoice(req, res);
    if (!opened) return;
    const { invoice, language } = opened;
    if (!isAsked(world, invoice)) return res.redirect(303, pathOf(invoice));
    res.send(challengePage(language, money(language, invoice.currency, invoice.amount_remaining)));
  });

  router.post('/:id/confirm', (req, res) => {
    const opened = openInvoice(req, res);
    if (!opened) return;
    const { invoice } = opened;
    if (!isAsked(world, invoice)) return res.redirect(303, pathOf(invoice));
    const confirmed = fieldsOf(req)['result'] === 'authenticate';
    const outcome = act((tx) => answerInvoiceChallenge(tx, invoice.id, confirmed));
    if (!confirmed) return show(opened, req, res, 402, ['not-confirmed']);
    goOn(opened, outcome, req, res);
  });
  return router;
}

function find(world: World, req: Request): Opened | undefined {
  return world.transact(NOBODY, (tx) => {
    const invoice = tx.get('invoices', String(req.params['id']));
    if (!invoice) return undefined;
    const [locale] = tx.get('customers', invoice.customer)?.preferred_locales ?? [];
    return { invoice, language: languageOf(locale, req), state: invoicePageState(tx, invoice) };
  });
}

function tellState(opened: Opened | undefined, req: Request, res: Response): void {
  const language = opened?.language ?? languageOf(null, req);
  const t = TEXTS[language];
  const say = (status: number, title: string, text: string): void =>
    void res.status(status).send(messagePage(language, title, text, null));
  switch (opened?.state) {
    case 'paid':
      return say(200, t.invoicePaidTitle, t.invoicePaidText);
    case 'debit-under-way':
      return say(200, t.debitTitle, t.debitText);
    case 'withdrawn':
      return say(410, t.withdrawnTitle, t.withdrawnText);
    default:
      return say(404, t.missingTitle, t.missingText);
  }
}

function isAsked(world: World, { id }: Readonly<Invoice>): boolean {
  return typeof world.state.attempts[id]?.waiting === 'string';
}

function keepsMethod(world: World, { parent }: Readonly<Invoice>): boolean {
  const subscription = world.state.subscriptions[parent.subscription_details.subscription];
  return subscription?.payment_settings.save_default_payment_method === 'on_subscription';
}

function methodsOf({ payment_settings: settings }: Readonly<Invoice>) {
  return settings.payment_method_types ?? (['card'] as const);
}

function pathOf({ id }: Readonly<Invoice>): string {
  return `/i/${id}`;
}
