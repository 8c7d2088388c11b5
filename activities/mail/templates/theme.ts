/**
 * Colours and type of all mails. Inline styles are the light scheme, which every mail program reads; the style sheet
 * adds the dark scheme and small screens for those that read it.
 */
import type { CSSProperties } from 'react';

const FONT = '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, Helvetica, Arial, sans-serif';
const MONOSPACE = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace';

const INK = '#1f2933';
const MUTED = '#52606d';
const LINE = '#dde3ea';
const PAGE = '#f1f4f8';
const ACCENT = '#1864ab';

export const STYLES = {
  body: { margin: 0, padding: 0, backgroundColor: PAGE },
  page: { width: '100%', backgroundColor: PAGE, fontFamily: FONT, color: INK },
  pagePadding: { padding: '24px 12px' },
  container: { maxWidth: '600px' },
  brand: { fontSize: '18px', fontWeight: 700, color: INK, textDecoration: 'none' },
  card: {
    backgroundColor: '#ffffff',
    border: `1px solid ${LINE}`,
    borderRadius: '12px',
    borderCollapse: 'separate',
    marginTop: '16px',
  },
  // On a cell: Word, which renders Outlook's mails, knows no padding on tables.
  cardPadding: { padding: '32px' },
  heading: { margin: '0 0 16px', fontSize: '24px', lineHeight: '30px', fontWeight: 700, color: INK },
  subheading: { margin: '28px 0 8px', fontSize: '18px', lineHeight: '24px', fontWeight: 700, color: INK },
  paragraph: { margin: '0 0 16px', fontSize: '16px', lineHeight: '24px', color: INK },
  regards: { margin: 0, fontSize: '16px', lineHeight: '24px', color: INK },
  small: { margin: '0 0 16px', fontSize: '14px', lineHeight: '21px', color: MUTED },
  facts: { width: '100%', margin: '0 0 20px', borderCollapse: 'collapse' },
  label: {
    width: '34%',
    padding: '8px 12px 8px 0',
    borderBottom: `1px solid ${LINE}`,
    textAlign: 'left',
    verticalAlign: 'top',
    fontSize: '14px',
    lineHeight: '22px',
    fontWeight: 400,
    color: MUTED,
  },
  value: {
    padding: '8px 0',
    borderBottom: `1px solid ${LINE}`,
    verticalAlign: 'top',
    fontSize: '16px',
    lineHeight: '22px',
    color: INK,
    overflowWrap: 'anywhere',
    wordBreak: 'break-word',
  },
  exactValue: { fontFamily: MONOSPACE, fontSize: '15px', wordBreak: 'break-all' },
  button: {
    backgroundColor: ACCENT,
    borderRadius: '8px',
    color: '#ffffff',
    fontSize: '16px',
    fontWeight: 600,
    padding: '14px 22px',
    textAlign: 'center',
  },
  buttonRow: { margin: '4px 0 20px' },
  link: { color: ACCENT, textDecoration: 'underline', overflowWrap: 'anywhere' },
  warning: {
    margin: '0 0 20px',
    padding: '12px 16px',
    backgroundColor: '#fff4e0',
    borderLeft: '4px solid #c2710c',
    borderRadius: '4px',
    fontSize: '15px',
    lineHeight: '22px',
    color: INK,
  },
  footer: { margin: '16px 0 0', fontSize: '13px', lineHeight: '20px', color: MUTED, textAlign: 'center' },
} satisfies Record<string, CSSProperties>;

/** Plain CSS without characters that HTML would escape. */
export const STYLE_SHEET = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 520px) {
  .card-padding { padding: 24px 18px !important; }
  .button { display: block !important; }
}
@media (prefers-color-scheme: dark) {
  .page { background-color: #14171a !important; }
  .card { background-color: #1f2428 !important; border-color: #3a424a !important; }
  .ink { color: #e6ebf0 !important; }
  .muted { color: #a8b3bd !important; }
  .line { border-color: #3a424a !important; }
  .link { color: #7cc0ff !important; }
  .warning { background-color: #3b2c12 !important; border-color: #e0962f !important; color: #f4e6cf !important; }
}
`;
