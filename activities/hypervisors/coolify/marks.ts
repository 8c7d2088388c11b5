/**
 * What Tenure writes into a description. Names are not unique there and tags are younger than 4.2, but a description goes along
 * with the create call. Its characters are those that Coolify's own pages accept when somebody edits it.
 */
export interface Marks {
  /** The business key. */
  key: string;
  /**
   * Whether the making went through to its end. It takes several calls, and one that broke off in between must be told from
   * one that was switched off.
   */
  isMade: boolean;
  /** The server it was ordered on. */
  server: string;
  size: string;
}

/** Where there is room for no more. */
const LONGEST = 255;

export function writeMarks(
  { key, isMade, server, size }: Marks,
  labels: Record<string, string> = {},
): string {
  const further = Object.entries({ server, size, ...labels }).map(([name, value]) => ` ${name}=${value}`);
  return further
    .reduce(
      (text, mark) => (text.length + mark.length > LONGEST ? text : text + mark),
      `tenure=${key} ${isMade ? 'made' : 'making'}`,
    )
    .slice(0, LONGEST);
}

/** `null` if it is not one of ours. */
export function readMarks(description: string | null | undefined): Marks | null {
  const [, key, stage, rest = ''] =
    /^tenure=(\S+) (made|making)\b(.*)$/s.exec((description ?? '').trim()) ?? [];
  if (key === undefined) return null;
  const valueOf = (name: string): string => new RegExp(` ${name}=(\\S+)`).exec(rest)?.[1] ?? '';
  return { key, isMade: stage === 'made', server: valueOf('server'), size: valueOf('size') };
}

/** The same description with the making at its end, or with another size. */
export function changeMarks(description: string, change: { isMade?: true; size?: string }): string {
  const made = change.isMade ? description.replace(/^(tenure=\S+) making\b/, '$1 made') : description;
  return change.size === undefined ? made : made.replace(/ size=\S+/, ` size=${change.size}`);
}
