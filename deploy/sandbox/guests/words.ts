/**
 * Splits a command line into words as a shell does for plain words, 'single' and "double" quotes and backslashes.
 * Variables, pipes and redirections mean nothing here.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const word = /(?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+/g;
  for (const [quoted] of line.matchAll(word)) {
    words.push(
      quoted.replaceAll(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g,
        (_all, single?: string, double?: string, escaped?: string) =>
          single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
      ),
    );
  }
  return words;
}
