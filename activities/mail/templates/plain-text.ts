/** The text part, made from the HTML part so that both say the same. */
import { toPlainText } from '@react-email/render';

/** What html-to-text hands to a formatter (https://github.com/html-to-text/node-html-to-text). */
interface TextBuilder {
  openBlock(options: { leadingLineBreaks: number }): void;
  addInline(text: string): void;
  addLiteral(text: string): void;
  addLineBreak(): void;
  closeBlock(options: { trailingLineBreaks: number }): void;
}
interface HtmlElement {
  attribs: { href?: string };
  children: unknown[];
}
type Walk = (children: unknown[], builder: TextBuilder) => void;

/** A button: its label, and its address on a line of its own, so that no program folds or extends it. */
function formatAction(element: HtmlElement, walk: Walk, builder: TextBuilder): void {
  builder.openBlock({ leadingLineBreaks: 2 });
  walk(element.children, builder);
  builder.addInline(':');
  builder.addLineBreak();
  builder.addLiteral((element.attribs.href ?? '').replace(/^mailto:/, ''));
  builder.closeBlock({ trailingLineBreaks: 2 });
}

/** The mail as text: headings as written (no capitals, which would turn "ß" into "SS"), facts in columns, links in full. */
export function plainText(html: string): string {
  return toPlainText(html, {
    formatters: { action: formatAction },
    selectors: [
      { selector: 'h1', options: { uppercase: false } },
      { selector: 'h2', options: { uppercase: false } },
      { selector: 'a[data-action]', format: 'action' },
      {
        selector: '[data-text-format="dataTable"]',
        format: 'dataTable',
        // Wider than any password, key or address: a folded one could not be copied.
        options: { uppercaseHeaderCells: false, maxColumnWidth: 1_000, colSpacing: 2 },
      },
    ],
  });
}
