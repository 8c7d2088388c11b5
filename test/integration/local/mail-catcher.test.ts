import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createTransport } from 'nodemailer';
import { type MailCatcher, startMailCatcher } from '../../../deploy/sandbox/mail/start.ts';
import type { SmtpFaultRule } from '../../../deploy/sandbox/mail/faults.ts';
import type { CaughtMessage } from '../../../deploy/sandbox/mail/store.ts';
import { newPage } from '../../harness/browser.ts';
import { lab } from '../../harness/lab.ts';

const letter = {
  from: 'Shop <shop@example.com>',
  subject: 'Grüße aus Köln',
  text: 'Guten Tag',
  html: '<h1>Guten Tag</h1><script>document.body.textContent = "script ran"</script><a href="https://example.com/">Link</a>',
};

describe('the mail catcher', () => {
  let stateDir: string;
  let mail: MailCatcher;
  const start = async (): Promise<void> => {
    mail = await startMailCatcher({ smtpPort: 0, httpPort: 0, stateDir });
  };
  before(async () => {
    stateDir = (await lab()).dir('mail-catcher-test');
    await start();
  });
  after(() => mail.close());
  afterEach(() => fetch(`${mail.url}/__sandbox/faults`, { method: 'DELETE' }));

  const send = async (to: string): Promise<unknown> => {
    const transport = createTransport(mail.smtpUrl);
    try {
      return await transport.sendMail({ ...letter, to });
    } finally {
      transport.close();
    }
  };
  const messagesTo = async (to: string): Promise<CaughtMessage[]> => {
    const answer = await fetch(`${mail.url}/api/messages?to=${encodeURIComponent(to)}`);
    return ((await answer.json()) as { messages: CaughtMessage[] }).messages;
  };
  const fault = (rule: SmtpFaultRule): Promise<Response> =>
    fetch(`${mail.url}/__sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    });

  it('keeps what it accepted: envelope, text, HTML, headers and the bytes themselves', async () => {
    await send('bo@example.com');
    const [message] = await messagesTo('bo@example.com');
    assert.ok(message);
    assert.equal(message.subject, letter.subject);
    assert.equal(message.text.trim(), letter.text);
    assert.match(message.html, /<h1>Guten Tag<\/h1>/);
    assert.deepEqual(message.envelope, { from: 'shop@example.com', to: ['bo@example.com'] });
    assert.ok(
      message.headers.some(({ name, value }) => name === 'From' && value.includes('shop@example.com')),
    );
    const raw = await (await fetch(`${mail.url}/messages/${message.id}/raw`)).text();
    assert.match(raw, /^Subject: =\?UTF-8\?/m);
    assert.deepEqual(await (await fetch(`${mail.url}/api/messages/${message.id}`)).json(), message);
  });

  it('still has it after a restart', async () => {
    await send('cy@example.com');
    const before = await messagesTo('cy@example.com');
    await mail.close();
    await start();
    assert.deepEqual(await messagesTo('cy@example.com'), before);
  });

  it('shows a message in a browser without running its scripts', async () => {
    await send('di@example.com');
    const page = await newPage({ width: 390 });
    await page.goto(mail.url);
    await page.getByRole('link', { name: 'to di@example.com' }).click();
    const html = page.frameLocator('iframe');
    assert.equal(await html.getByRole('heading').textContent(), 'Guten Tag');
    assert.equal(await html.getByRole('link').getAttribute('href'), 'https://example.com/');
    await page.context().close();
  });

  it('takes a login without having asked for one', async () => {
    const url = new URL(mail.smtpUrl);
    Object.assign(url, { username: 'ada', password: 'sesame' });
    const transport = createTransport(url.href);
    assert.equal(await transport.verify(), true);
    transport.close();
  });

  const refusals: [SmtpFaultRule, number][] = [
    [{ at: 'mail', kind: 'refuse', code: 451 }, 451],
    [{ at: 'rcpt', kind: 'refuse', code: 550 }, 550],
    [{ at: 'data', kind: 'refuse', code: 452 }, 452],
  ];
  for (const [rule, code] of refusals) {
    it(`refuses once at ${rule.at} with ${code}, keeping nothing`, async () => {
      const to = `refused-${rule.at}@example.com`;
      await fault(rule);
      await assert.rejects(send(to), (error: { responseCode?: number }) => error.responseCode === code);
      assert.equal((await messagesTo(to)).length, 0);
      await send(to);
      assert.equal((await messagesTo(to)).length, 1);
    });
  }

  it('refuses one recipient only', async () => {
    await fault({ at: 'rcpt', kind: 'refuse', code: 550, to: 'ed@example.com', times: null });
    await assert.rejects(send('ed@example.com'));
    await send('fay@example.com');
    assert.equal((await messagesTo('fay@example.com')).length, 1);
  });

  for (const [kind, kept] of [
    ['drop', 0],
    ['drop-after', 1],
  ] as const) {
    it(`cuts the line instead of answering (${kind}), having kept ${kept}`, async () => {
      const to = `${kind}@example.com`;
      await fault({ at: 'data', kind });
      await assert.rejects(send(to), (error: { responseCode?: number }) => error.responseCode === undefined);
      assert.equal((await messagesTo(to)).length, kept);
    });
  }

  it('remembers in its ledger what was deleted', async () => {
    await send('gus@example.com');
    await fetch(`${mail.url}/api/messages`, { method: 'DELETE' });
    assert.equal((await messagesTo('gus@example.com')).length, 0);
    const { entries } = (await (await fetch(`${mail.url}/__sandbox/ledger`)).json()) as {
      entries: { effect: string; detail: { to: string[] } }[];
    };
    assert.equal(entries.filter(({ detail }) => detail.to.includes('gus@example.com')).length, 1);
  });

  it('refuses a fault that makes no sense', async () => {
    assert.equal((await fault({ at: 'mail', kind: 'drop-after' })).status, 400);
  });

  it('names a port that is taken, and leaves the other one free', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    await assert.rejects(
      startMailCatcher({ smtpPort: 0, httpPort: port, stateDir: `${stateDir}-2` }),
      new RegExp(`Port ${port} is in use`),
    );
    squatter.close();
  });
});
