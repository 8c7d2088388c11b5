/** The codec's two small pages; they have no script and no part in the shop. */

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:15vh auto;padding:0 1rem;color:#1a1b1e;background:#fff}' +
  'label{display:block;font-weight:600}input,button{font:inherit;box-sizing:border-box;width:100%;padding:.5rem;margin:.5rem 0;' +
  'border:1px solid #868e96;border-radius:4px}button{background:#1864ab;color:#fff;border-color:#1864ab;cursor:pointer}' +
  '@media (prefers-color-scheme:dark){body{color:#f1f3f5;background:#1a1b1e}a{color:#74c0fc}input{background:#25262b;color:inherit}}';

function page(title: string, content: string): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${content}</main></body></html>\n`
  );
}

export const SIGN_IN_PAGE = page(
  'Decode in the Temporal UI',
  '<p>What Temporal stores is encrypted. Sign in with an API key that has the scope <code>codec:decode</code>, and the ' +
    'Temporal UI in this browser shows it in clear for 8 hours.</p>' +
    '<form method="post" action="/v1/codec/session"><label for="key">API key</label>' +
    '<input id="key" name="apiKey" type="password" required autocomplete="off" placeholder="tnr_…">' +
    '<button>Sign in</button></form>',
);

/** @param temporalUiUrl from the configuration, not from the request */
export function signedInPage(temporalUiUrl: string): string {
  const href = new URL(temporalUiUrl).href.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return page('Signed in', `<p><a href="${href}">Go to the Temporal UI</a></p>`);
}
