import { expect, test } from 'vitest';
import { csvLine } from '../src/csv.ts';

/** How a cell begins that a spreadsheet reckons, once it has taken quotes and space off. */
const RECKONED = /^[\s"]*[=+\-@]/u;

const EVIL = [
  '=1+1',
  'x;=1+1',
  'x;=1+1;',
  'x; \t=1+1;y',
  'x\t-1\ty',
  'x;"=1+1";y',
  '"=1+1',
  ';@SUM(A1)',
  'x\n=1+1',
  'x;\n+1',
];

test('A92: no program finds a formula in a line, whatever it takes for the end of a cell, and whether or not it knows quotes there', () => {
  for (const evil of EVIL)
    for (const cells of [[evil], ['alix', evil], ['alix', evil, 'maud']])
      for (const separator of [';', '\t'])
        for (const piece of csvLine(cells).split(separator))
          expect([evil, piece]).not.toEqual([evil, expect.stringMatching(RECKONED)]);
});

test('A92: a cell that holds what separates cells elsewhere stands in quotes (RFC 4180), and words stay as they are', () => {
  expect(csvLine(['a;b', 'a\tb', 'a,b', 'a"b', 'a b', 7])).toBe('"a;b","a\tb","a,b","a""b",a b,7\r\n');
  expect(csvLine(["l'an; l'autre", 'oui, @maud', '1;2'])).toBe(`"l'an; l'autre","oui, @maud","1;2"\r\n`);
  expect(csvLine(['x; =1', '-2'])).toBe(`"x;' =1",'-2\r\n`);
});

test('what has to stay as it is to the letter stands in quotes, and is changed in nothing', () => {
  expect(csvLine([1, { exact: '{"a":"x;=1\u2028"}' }])).toBe('1,"{""a"":""x;=1\u2028""}"\r\n');
});
