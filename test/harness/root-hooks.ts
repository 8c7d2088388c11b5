/** What mocha does around the whole run; see `.mocharc.json`. */
import { closeBrowser } from './browser.ts';
import { closeLab } from './lab.ts';
import { forgetStack } from './stack.ts';
import { closeTimeSkipping } from './time-skipping.ts';

export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await Promise.all([closeBrowser(), closeTimeSkipping()]);
    await closeLab();
    forgetStack();
  },
};
