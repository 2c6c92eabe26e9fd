import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { ROOT } from '../../src/config.ts';
import { openTable } from '../../src/legacy/reading/table.ts';
import { RowProblem, type LegacyRow } from '../../src/legacy/row.ts';
import { flagIn, WORDS } from '../../src/legacy/sources/cells.ts';
import { csv } from '../../src/legacy/sources/csv.ts';

const page = readFileSync(path.join(ROOT, 'docs/moving-in/tables.md'), 'utf8');

/** The lines of the table after a mark, its head left out; of each the cells. */
function tableAfter(mark: string): string[][] {
  const [, after = ''] = page.split(`<!-- ${mark} -->`);
  const [table = ''] = /^\|.*?(?=\n\n)/msu.exec(after) ?? [];
  return table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/gu)].map(([, word = '']) => word);

/** What the source for tables of one's own reads out of the example in this language. */
async function readExample(language: string): Promise<LegacyRow[]> {
  const [, text = ''] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'su').exec(page) ?? [];
  const { entries } = await openTable(Readable.from([Buffer.from(text)]), csv.columns);
  const rows: LegacyRow[] = [];
  for await (const lines of entries) {
    for (const { cells } of lines) {
      if (cells instanceof RowProblem) throw cells;
      rows.push(csv.read(cells));
    }
  }
  return rows;
}

test('the page on tables of one’s own names each column that is read, and no other', () => {
  const read = new Set<string>();
  const cells = new Proxy<Record<string, string>>(
    {},
    {
      get(_, column) {
        read.add(String(column));
        return 'true';
      },
    },
  );
  csv.read(cells);
  const documented = tableAfter('columns').flatMap(([column = '']) => quoted(column));
  expect(documented.toSorted()).toEqual([...read].toSorted());
  expect(csv.columns).toEqual(['name']);
});

test('and each word for yes and no', () => {
  const [[, yes = ''] = [], [, no = ''] = []] = tableAfter('words');
  expect(quoted(yes)).toEqual(WORDS.yes);
  expect(['', ...quoted(no)]).toEqual(WORDS.no);
  for (const word of quoted(yes)) expect(flagIn({ it: word.toUpperCase() }, 'it')).toBe(true);
  for (const word of quoted(no)) expect(flagIn({ it: word.toUpperCase() }, 'it')).toBe(false);
  expect(() => flagIn({ it: 'peut-être' }, 'it')).toThrow(RowProblem);
});

test('its examples are read, and say the same', async () => {
  const [heron, egret] = await readExample('csv');
  expect(heron).toMatchObject({ name: 'heron', key: '1', address: 'heron@home.example', confirmed: true });
  expect(egret).toMatchObject({ name: 'egret', hash: undefined, confirmed: false, secondFactor: true });
  expect(await readExample('json')).toEqual([heron, egret]);
});
