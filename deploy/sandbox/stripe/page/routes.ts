import { readFileSync } from 'node:fs';
import express, { type Request, type Response, type Router } from 'express';
import { addressOf, type Address } from '../objects/common.ts';
import type { Session } from '../objects/checkout-session.ts';
import {
  answerChallenge,
  applyPromotionCode,
  pay,
  removePromotionCode,
  renewalTotal,
  type BuyerDetails,
  type CheckoutResult,
} from '../money/checkout.ts';
import { ApiError } from '../wire/errors.ts';
import { NOBODY } from '../world/tx.ts';
import type { World } from '../world/world.ts';
import { challengePage } from './challenge-page.ts';
import { checkoutPage } from './checkout-page.ts';
import {
  declineProblem,
  fieldsOf,
  holderOf,
  languageOf,
  readInstrument,
  shownAgain,
  type Fields,
} from './form-data.ts';
import { invoiceRouter } from './invoice-routes.ts';
import { messagePage } from './layout.ts';
import { money } from './payment-form.ts';
import { TEXTS, type Problem } from './texts.ts';

/** The hosted payment pages, for people and for scripts: server-rendered forms, described in README.md. */
export function pageRouter(world: World): Router {
  const router = express.Router();
  const style = readFileSync(new URL('./checkout.css', import.meta.url));
  router.get('/c/assets/checkout.css', (_req, res) => void res.type('css').send(style));
  router.use(['/c', '/i', '/p'], secureHeaders, express.urlencoded({ extended: false, limit: '32kb' }));
  router.use('/i', invoiceRouter(world));

  router.get('/c/pay/:id', (req, res) => {
    const session = openSession(world, req, res);
    if (session) show(world, session, req, res, 200, []);
  });

  router.post('/c/pay/:id', (req, res) => {
    const session = openSession(world, req, res);
    if (!session) return;
    const fields = fieldsOf(req);
    if (fields['action'] === 'apply-code')
      return changeCode(world, session, req, res, fields['promotion_code'] ?? '');
    if (fields['action'] === 'remove-code') return changeCode(world, session, req, res, null);
    const typed = readInstrument(fields, session.payment_method_types);
    const buyer = readBuyer(session, fields);
    const problems = [...(Array.isArray(typed) ? typed : []), ...(Array.isArray(buyer) ? buyer : [])];
    if (Array.isArray(typed) || Array.isArray(buyer)) return show(world, session, req, res, 422, problems);
    goOn(world, session, req, res, () => world.transact(NOBODY, (tx) => pay(tx, session.id, typed, buyer)));
  });

  router.get('/c/pay/:id/confirm', (req, res) => {
    const session = openSession(world, req, res);
    if (!session) return;
    if (!world.state.attempts[session.id]?.waiting) return res.redirect(303, `/c/pay/${session.id}`);
    const language = languageOf(session.locale, req);
    res.send(challengePage(language, money(language, session.currency, session.amount_total)));
  });

  router.post('/c/pay/:id/confirm', (req, res) => {
    const session = openSession(world, req, res);
    if (!session) return;
    const confirmed = fieldsOf(req)['result'] === 'authenticate';
    const answer = (): CheckoutResult =>
      world.transact(NOBODY, (tx) => answerChallenge(tx, session.id, confirmed));
    goOn(world, session, req, res, answer, confirmed ? null : 'not-confirmed');
  });

  router.get('/p/session/:customer', (req, res) => {
    const t = TEXTS[languageOf(null, req)];
    const back = typeof req.query['return_url'] === 'string' ? req.query['return_url'] : '';
    const next = /^https?:\/\//.test(back) ? back : null;
    res.send(messagePage(languageOf(null, req), t.portalTitle, t.portalText, next));
  });
  return router;
}

/** The session to pay, or nothing if it can't be paid any more, which has been told then. */
function openSession(world: World, req: Request, res: Response): Session | undefined {
  const id = String(req.params['id']);
  const session = Object.hasOwn(world.state.sessions, id) ? world.state.sessions[id] : undefined;
  const language = languageOf(session?.locale, req);
  const t = TEXTS[language];
  if (!session) {
    res.status(404).send(messagePage(language, t.missingTitle, t.missingText, null));
    return undefined;
  }
  if (session.status === 'complete') {
    if (req.method === 'POST') res.redirect(303, successUrl(session));
    else res.send(messagePage(language, t.completeTitle, t.completeText, successUrl(session)));
    return undefined;
  }
  if (session.status === 'expired' || session.expires_at * 1_000 <= Date.now()) {
    res.status(410).send(messagePage(language, t.expiredTitle, t.expiredText, session.cancel_url));
    return undefined;
  }
  return session;
}

function changeCode(world: World, session: Session, req: Request, res: Response, code: string | null): void {
  try {
    world.transact(NOBODY, (tx) =>
      code === null ? removePromotionCode(tx, session.id) : applyPromotionCode(tx, session.id, code),
    );
    res.redirect(303, `/c/pay/${session.id}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    show(world, session, req, res, 422, ['code-invalid']);
  }
}

/** Pays, and sends the buyer where they belong then. */
function goOn(
  world: World,
  session: Session,
  req: Request,
  res: Response,
  act: () => CheckoutResult,
  problem: Problem | null = null,
): void {
  const result = act();
  if (result === 'challenge') return res.redirect(303, `/c/pay/${session.id}/confirm`);
  if (result === 'complete') return res.redirect(303, successUrl(session));
  const current = world.state.sessions[session.id] ?? session;
  show(world, current, req, res, 402, [problem ?? declineProblem(intentOf(world, session))]);
}

function show(
  world: World,
  session: Session,
  req: Request,
  res: Response,
  status: number,
  problems: Problem[],
): void {
  const discount = session.discounts[0]?.promotion_code ?? '';
  const page = checkoutPage({
    language: languageOf(session.locale, req),
    methods: session.payment_method_types,
    session,
    lines: world.state.sessionLines[session.id] ?? [],
    renewalTotal: world.transact(NOBODY, (tx) => renewalTotal(tx, session.id)),
    appliedCode: world.state.promotionCodes[discount]?.code ?? null,
    problems,
    typed: shownAgain(fieldsOf(req)),
  });
  res.status(status).send(page);
}

function readBuyer(session: Session, fields: Fields): BuyerDetails | Problem[] {
  const { line1 = '', postal_code = '', city = '', country = '', tax_id: taxId = '' } = fields;
  const known: Address | null = country === '' ? null : addressOf({ line1, postal_code, city, country });
  const isComplete = [line1, postal_code, city, country].every((line) => line.trim() !== '');
  if (session.billing_address_collection === 'required' && !isComplete) return ['address-missing'];
  const collectsTaxId = session.tax_id_collection.enabled && taxId.trim() !== '';
  return { name: holderOf(fields), address: known, taxId: collectsTaxId ? taxId.trim() : null };
}

function intentOf(world: World, session: Session) {
  return world.state.paymentIntents[world.state.attempts[session.id]?.paymentIntent ?? ''];
}

function successUrl(session: Session): string {
  return session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}

/** No scripts at all. `form-action` stays open, because a successful form redirects to the shop. */
function secureHeaders(_req: Request, res: Response, next: () => void): void {
  res.set({
    'content-security-policy':
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  next();
}
