import assert from 'node:assert/strict';
import { renderMail } from '../../../activities/mail/render.tsx';
import { LANGUAGES } from '../../../schemas/language.ts';
import { TenureFailure } from '../../../schemas/failures.ts';
import { collapse, linkTargets, visibleText } from './reading.ts';
import { BRAND, SAMPLES, ZONE } from './samples/samples.ts';

const refusedBecause = (reason: string) => (error: unknown) =>
  error instanceof TenureFailure && error.kind === 'refused' && error.details.reason === reason;

/** Words only: without addresses and punctuation, which HTML and text write differently. */
function words(text: string): string[] {
  return text.replace(/https?:\/\/\S+|\S+@\S+/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? [];
}

describe('renderMail', () => {
  for (const sample of SAMPLES) {
    for (const language of LANGUAGES) {
      describe(`${sample.name} (${language})`, () => {
        const render = () => renderMail({ ...sample, language, zone: ZONE }, BRAND);

        it('has the subject and the facts, in HTML and in text', async () => {
          const { subject, html, text } = await render();
          assert.equal(subject, sample.subject[language]);
          for (const fact of sample.facts[language]) {
            assert.ok(
              collapse(visibleText(html)).includes(collapse(fact)),
              `"${fact}" in HTML: ${visibleText(html)}`,
            );
            assert.ok(collapse(text).includes(collapse(fact)), `"${fact}" in text:\n${text}`);
          }
        });

        it('says the same words in HTML and in text', async () => {
          const { html, text } = await render();
          assert.deepEqual(words(text), words(visibleText(html)));
        });

        it('links to the same places in HTML and in text, and to nowhere else', async () => {
          const { html, text } = await render();
          const support = `mailto:${BRAND.supportEmail}`;
          const targets = linkTargets(html);
          assert.deepEqual(new Set(targets), new Set([BRAND.url, ...sample.links, support]));
          const written: string[] = text.match(/https?:\/\/\S+/g) ?? [];
          assert.deepEqual(new Set(written), new Set([BRAND.url, ...sample.links]));
          assert.ok(text.includes(BRAND.supportEmail));
        });

        it('shows no gap, no template mark and no markup from a name', async () => {
          const { subject, html, text } = await render();
          for (const part of [subject, visibleText(html), text]) {
            assert.doesNotMatch(
              part,
              /undefined|\bnull\b|NaN|Invalid|\[object|\{\{(?!x\}\})|&(amp|lt|gt|quot);(?! mehr)/,
            );
          }
          assert.ok(!html.includes('<b>'), 'a plan named with markup is shown, not obeyed');
          assert.doesNotMatch(html, /href=""|href="#"/);
        });

        it('loads nothing from elsewhere and carries the language and both colour schemes', async () => {
          const { html, language: written } = await render();
          assert.equal(written, sample.template.startsWith('staff-') ? 'en' : language);
          assert.match(html, new RegExp(`<html[^>]* lang="${written}"`));
          assert.doesNotMatch(html, /<img|<link|<script|\ssrc=|url\(|@import/i);
          assert.match(html, /<meta content="light dark" name="color-scheme"\/>/);
          assert.match(html, /@media \(prefers-color-scheme: dark\)/);
        });

        it('is the same each time', async () => {
          assert.deepEqual(await render(), await render());
        });
      });
    }
  }

  it('addresses German readers formally', async () => {
    for (const sample of SAMPLES.filter(({ template }) => !template.startsWith('staff-'))) {
      const { text } = await renderMail({ ...sample, language: 'de', zone: ZONE }, BRAND);
      assert.match(text, /\b(Sie|Ihr|Ihre|Ihren|Ihrem|Ihnen)\b/);
      assert.doesNotMatch(text, /\b(du|dich|dir|dein|deine|deinen|deinem|euch|euer)\b/i);
    }
  });

  it('keeps passwords and one-time links out of subject and preview', async () => {
    for (const sample of SAMPLES) {
      const { subject, html } = await renderMail({ ...sample, language: 'de', zone: ZONE }, BRAND);
      const preview = /<div style="display:none[^>]*>(.*?)<div>/s.exec(html)?.[1];
      assert.ok(preview !== undefined && preview.length > 10, 'there is a preview');
      for (const part of [subject, preview]) {
        assert.ok(!part.includes('https:') && !part.includes('Ge&lt;he') && !part.includes('Ge<he'));
      }
    }
  });

  it('writes instants in the zone it is given', async () => {
    const contents = { planName: 'VPS', snapshotKeptUntil: '2026-01-01T02:00:00Z', partly: false };
    const render = (zone: string) =>
      renderMail({ template: 'deleted', language: 'en', zone, contents }, BRAND);
    assert.match((await render('UTC')).text, /until 1 January 2026, 02:00 \(UTC\)/);
    assert.match((await render('America/New_York')).text, /until 31 December 2025, 21:00 \((EST|GMT-5)\)/);
  });

  it('refuses a date or a zone that is none', async () => {
    const render = (snapshotKeptUntil: string, zone: string) =>
      renderMail(
        {
          template: 'deleted',
          language: 'de',
          zone,
          contents: { planName: 'VPS', snapshotKeptUntil, partly: false },
        },
        BRAND,
      );
    await assert.rejects(render('soon', ZONE), refusedBecause('bad-instant'));
    await assert.rejects(render('2026-01-01T02:00:00Z', 'Europe/Atlantis'), refusedBecause('bad-instant'));
  });

  it('refuses a link that is none or that runs something', async () => {
    for (const orderUrl of ['', '/orders/1', 'javascript:alert(1)', 'data:text/html,x']) {
      const contents = { planName: 'VPS', orderUrl };
      await assert.rejects(
        renderMail({ template: 'resumed', language: 'en', zone: ZONE, contents }, BRAND),
        refusedBecause('bad-link'),
      );
    }
  });

  it('puts a name with line breaks into the subject as one line', async () => {
    const contents = { planName: 'VPS\r\nBcc: all@shop.example', orderUrl: 'https://shop.example/o' };
    const { subject } = await renderMail(
      { template: 'resumed', language: 'en', zone: ZONE, contents },
      BRAND,
    );
    assert.equal(subject, 'Your server is running again: VPS Bcc: all@shop.example');
  });
});
