import type { CaughtMessage } from './store.ts';

/** The list of caught mail, newest first; it looks for new mail every few seconds. */
export function listPage(messages: CaughtMessage[]): string {
  const rows = messages.map(
    ({ id, subject, receivedAt, envelope }) => `
      <li><a href="/messages/${id}">
        <strong>${escape(subject || '(no subject)')}</strong>
        <span>to ${escape(envelope.to.join(', '))}</span>
        <time datetime="${receivedAt}">${timeOf(receivedAt)}</time>
      </a></li>`,
  );
  const body = rows.length > 0 ? `<ol>${rows.join('')}</ol>` : '<p>No mail yet.</p>';
  return page('Mail', `<h1>Mail</h1>${body}`, '<meta http-equiv="refresh" content="3">');
}

/** One message: who, what, the HTML as a reader sees it, the text, the headers. */
export function messagePage(message: CaughtMessage): string {
  const { id, subject, envelope, receivedAt, html, text, headers, attachments } = message;
  const headerRows = headers.map(
    ({ name, value }) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`,
  );
  const attached = attachments
    .map(({ filename, sizeBytes }) => `${filename} (${sizeBytes} bytes)`)
    .join(', ');
  return page(
    subject,
    `<nav><a href="/">All mail</a> <a href="/messages/${id}/raw">Source</a></nav>
    <h1>${escape(subject || '(no subject)')}</h1>
    <p>From ${escape(envelope.from)} to ${escape(envelope.to.join(', '))}, ${timeOf(receivedAt)}${
      attached ? `<br>Attached: ${escape(attached)}` : ''
    }</p>
    ${
      html
        ? `<iframe title="Message as HTML" src="/messages/${id}/html" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`
        : ''
    }
    <details ${html ? '' : 'open'}><summary>Text</summary><pre>${escape(text)}</pre></details>
    <details><summary>Headers</summary><table>${headerRows.join('')}</table></details>`,
  );
}

/** What a message's own HTML may do: look like itself and open links in a new window; no scripts, no requests. */
export const htmlPartPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The message's HTML with links that leave the frame. */
export function htmlPart(message: CaughtMessage): string {
  return `<base target="_blank">${message.html}`;
}

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escape(title)} · Tenure mail catcher</title>
  ${head}
  <style>
    :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
    body { max-width: 56rem; margin: 0 auto; padding: 1rem }
    ol { list-style: none; padding: 0 }
    li a { display: grid; padding: .75rem; border-bottom: 1px solid #8884; color: inherit; text-decoration: none }
    li a:hover { background: #8881 }
    nav { display: flex; gap: 1rem }
    h1 { overflow-wrap: anywhere }
    iframe { width: 100%; height: 70vh; border: 1px solid #8886; background: #fff }
    pre { white-space: pre-wrap; overflow-wrap: anywhere }
    th { text-align: left; vertical-align: top; padding-right: 1rem; white-space: nowrap }
    td { overflow-wrap: anywhere }
  </style>
</head>
<body>${body}</body>
</html>`;
}

function timeOf(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
