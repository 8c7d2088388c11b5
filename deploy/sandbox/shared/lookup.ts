/** The record of that id, if there is one: ids come from callers, who may well ask for `constructor`. */
export function lookUp<T>(records: Readonly<Record<string, T>>, id: string): T | undefined {
  return Object.hasOwn(records, id) ? records[id] : undefined;
}
