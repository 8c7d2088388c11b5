/** Reads a mail's HTML the way its reader does. */

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#x27': "'",
  nbsp: '\u00a0',
};

function decode(html: string): string {
  return html.replace(/&(amp|lt|gt|quot|#x27|nbsp);/g, (_entity, name: string) => ENTITIES[name] ?? '');
}

/** The words on the screen: no head, no hidden preview, no tags; white space as one blank. */
export function visibleText(html: string): string {
  const shown = html
    .replace(/<head>.*?<\/head>/s, '')
    .replace(/<div style="display:none[^>]*>.*?<\/div><\/div>/s, '')
    .replace(/<!--.*?-->/gs, '')
    .replace(/<[^>]+>/g, ' ');
  return collapse(decode(shown));
}

export function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Targets of all links. */
export function linkTargets(html: string): string[] {
  return [...html.matchAll(/<a\b[^>]*?href="([^"]*)"/g)].map(([, target]) => decode(target ?? ''));
}
