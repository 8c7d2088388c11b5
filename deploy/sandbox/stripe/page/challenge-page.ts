import { html } from './html.ts';
import { layout } from './layout.ts';
import { TEXTS, type PageLanguage } from './texts.ts';

/** The bank's question of 3-D Secure about an amount, written as money. */
export function challengePage(language: PageLanguage, amount: string): string {
  const t = TEXTS[language];
  return layout(
    language,
    t.challengeTitle,
    html`<main class="message">
      <h1>${t.challengeTitle}</h1>
      <p class="big-amount">${amount}</p>
      <p>${t.challengeText}</p>
      <form method="post" class="answers">
        <button class="button" name="result" value="authenticate">${t.challengeConfirm}</button>
        <button class="quiet" name="result" value="fail">${t.challengeFail}</button>
      </form>
    </main>`,
  );
}
