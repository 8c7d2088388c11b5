import assert from 'node:assert/strict';
import { de } from '../../../web/src/language/de/index.ts';
import { en } from '../../../web/src/language/en/index.ts';

/** All texts by their path. */
function textsOf(node: object, path = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(node) as [string, string | object][]) {
    const here = path ? `${path}.${key}` : key;
    if (typeof value === 'string') texts.set(here, value);
    else for (const [inner, text] of textsOf(value, here)) texts.set(inner, text);
  }
  return texts;
}

const placeholders = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

describe('the dictionaries of the pages', () => {
  const english = textsOf(en);
  const german = textsOf(de);

  it('have the same keys, and no empty texts', () => {
    assert.deepEqual([...german.keys()].sort(), [...english.keys()].sort());
    for (const [key, text] of [...english, ...german]) assert.ok(text.trim(), `${key} is empty`);
  });

  it('ask for the same values', () => {
    for (const [key, text] of english) {
      assert.deepEqual(placeholders(german.get(key) ?? ''), placeholders(text), key);
    }
  });
});
