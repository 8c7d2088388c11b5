import path from 'node:path';
import express, { type Express, type RequestHandler, type Response } from 'express';
import { openLedger, type Ledger } from '../shared/ledger.ts';
import { startHttp } from '../shared/server.ts';
import { createSmtpFaults, smtpFaultShape, type SmtpFaults } from './faults.ts';
import { htmlPart, htmlPartPolicy, listPage, messagePage } from './pages.ts';
import { startSmtp } from './smtp.ts';
import { type CaughtMessage, openMailStore, type MailStore } from './store.ts';

/** A running mail catcher. */
export interface MailCatcher {
  /** For `SMTP_URL`. */
  smtpUrl: string;
  /** The page to read the mail, and the API below it. */
  url: string;
  close(): Promise<void>;
}

export interface MailCatcherOptions {
  /** 0 takes any free port. */
  smtpPort: number;
  /** 0 takes any free port. */
  httpPort: number;
  /** Where the mail is kept; created when missing. */
  stateDir: string;
}

/**
 * Starts an SMTP server that accepts all mail and keeps it, and a page to read it.
 *
 * API: `GET /api/messages` gives `{ messages }`, newest first, narrowed by `?to=`; `GET /api/messages/:id` one of
 * them; `DELETE /api/messages` forgets all.
 * Levers: `POST`, `GET`, `DELETE /__sandbox/faults` (see `faults.ts`), `GET /__sandbox/ledger`, which remembers every
 * accepted message even when the mail itself was deleted.
 *
 * @throws Error with one sentence when a port is taken.
 */
export async function startMailCatcher(options: MailCatcherOptions): Promise<MailCatcher> {
  const store = openMailStore(path.join(options.stateDir, 'messages'));
  const ledger = openLedger(path.join(options.stateDir, 'ledger.jsonl'), 'mail');
  const faults = createSmtpFaults();
  const smtp = await startSmtp(
    options.smtpPort,
    async (raw, envelope) => {
      const { id, messageId, subject } = await store.keep(raw, envelope);
      ledger.record({ effect: 'mail.accepted', id, key: messageId, detail: { to: envelope.to, subject } });
    },
    faults,
  );
  try {
    const http = await startHttp(reader(store, faults, ledger), options.httpPort);
    return {
      smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
      url: http.url,
      close: async () => {
        await Promise.all([smtp.close(), http.close()]);
      },
    };
  } catch (error) {
    await smtp.close();
    throw error;
  }
}

function reader(store: MailStore, faults: SmtpFaults, ledger: Ledger): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/', (_req, res) => {
    res.send(listPage(store.list()));
  });
  const one =
    (show: (message: CaughtMessage, res: Response) => void): RequestHandler<{ id: string }> =>
    (req, res) => {
      const message = store.find(req.params.id);
      if (message) show(message, res);
      else res.status(404).json({ error: `There is no message ${req.params.id}.` });
    };
  app.get(
    '/messages/:id',
    one((message, res) => res.send(messagePage(message))),
  );
  app.get(
    '/messages/:id/html',
    one((message, res) => res.set('content-security-policy', htmlPartPolicy).send(htmlPart(message))),
  );
  app.get(
    '/messages/:id/raw',
    one(({ id }, res) => res.type('text/plain').send(store.raw(id))),
  );
  app.get(
    '/api/messages/:id',
    one((message, res) => res.json(message)),
  );
  app.get('/api/messages', (req, res) => {
    const { to } = req.query;
    const messages = store
      .list()
      .filter(({ envelope }) => typeof to !== 'string' || envelope.to.includes(to));
    res.json({ messages });
  });
  app.delete('/api/messages', (_req, res) => {
    store.clear();
    res.status(204).end();
  });
  app.use('/__sandbox', levers(faults, ledger));
  return app;
}

function levers(faults: SmtpFaults, ledger: Ledger): express.Router {
  const router = express.Router();
  router.use(express.json());
  router.get('/faults', (_req, res) => {
    res.json({ faults: faults.list() });
  });
  router.post('/faults', (req, res) => {
    const rule = smtpFaultShape.safeParse(req.body);
    if (rule.success) res.status(201).json(faults.add(rule.data));
    else res.status(400).json({ error: rule.error.issues.map(({ message }) => message).join('; ') });
  });
  router.delete('/faults', (_req, res) => {
    faults.clear();
    res.status(204).end();
  });
  router.get('/ledger', (_req, res) => {
    res.json({ entries: ledger.read() });
  });
  return router;
}
