/** The least that a webhook can be: Express, the signature over the raw body, one row. */
import express from 'express';
import pg from 'pg';
import Stripe from 'stripe';

const { DATABASE_URL = '', STRIPE_WEBHOOK_SECRET = '', DATABASE_POOL_SIZE = '10' } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_POOL_SIZE) });
const app = express();
app.post('/webhooks/stripe', express.raw({ type: 'application/json', limit: '1mb' }), async (req, res) => {
  const event = Stripe.webhooks.constructEvent(
    req.body as Buffer,
    req.headers['stripe-signature'] ?? '',
    STRIPE_WEBHOOK_SECRET,
  );
  await pool.query('insert into bare_events (event_id, type) values ($1, $2) on conflict do nothing', [
    event.id,
    event.type,
  ]);
  res.json({ received: true });
});
app.listen(Number(process.env.API_PORT), '127.0.0.1', () => {
  process.send?.('ready');
});
