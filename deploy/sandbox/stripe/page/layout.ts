import { html, type Html } from './html.ts';
import { TEXTS, type PageLanguage } from './texts.ts';

/** The frame of every page: language, style sheet, and the banner that says that nothing is real. */
export function layout(language: PageLanguage, title: string, content: Html): string {
  const t = TEXTS[language];
  const page = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Sandbox</title>
        <link rel="stylesheet" href="/c/assets/checkout.css" />
      </head>
      <body>
        <header class="banner"><strong>${t.banner}</strong> <span>${t.bannerHint}</span></header>
        ${content}
      </body>
    </html> `;
  return page.text;
}

/** A page with one message and at most one way on. */
export function messagePage(
  language: PageLanguage,
  title: string,
  text: string,
  next: string | null,
): string {
  return layout(
    language,
    title,
    html`<main class="message">
      <h1>${title}</h1>
      <p>${text}</p>
      ${next && html`<a class="button" href="${next}">${TEXTS[language].continue}</a>`}
    </main>`,
  );
}
