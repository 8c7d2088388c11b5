import assert from 'node:assert/strict';
import { CsvError, readCsv } from '../../../api/imports/csv.ts';

describe('reading a table of servers', () => {
  it('reads quoted fields with separators, quotes and line breaks in them', () => {
    assert.deepEqual(readCsv('name,note\r\n"Groß, Jürgen","says ""hi""\nand goes"\r\n'), [
      { name: 'Groß, Jürgen', note: 'says "hi"\nand goes' },
    ]);
  });

  it('takes semicolons, a byte order mark, spaces around and empty lines', () => {
    assert.deepEqual(readCsv('\uFEFFprovider; providerRef\nvultr; a1 \n\n ; \nvultr;b2'), [
      { provider: 'vultr', providerRef: 'a1' },
      { provider: 'vultr', providerRef: 'b2' },
    ]);
  });

  it('names the line of what it cannot read', () => {
    const cases: [string, RegExp][] = [
      ['', /line 1: the header is missing/],
      ['a,b\n1', /line 2: has 1 fields, the header 2/],
      ['a,b\n1,"2', /line 2: a quote is not closed/],
      ['a,b\n1,2"3"', /line 2: a quote stands in the middle/],
    ];
    for (const [text, message] of cases) {
      assert.throws(
        () => readCsv(text),
        (error) => error instanceof CsvError && message.test(error.message),
      );
    }
  });
});
