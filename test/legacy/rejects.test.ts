import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { candidateOf } from '../../src/legacy/candidate.ts';
import { linesOf, type Line } from '../../src/legacy/reading/lines.ts';
import { openTable } from '../../src/legacy/reading/table.ts';
import { rejectedLine, rejectsHead } from '../../src/legacy/rejects.ts';
import { RowProblem, type LegacyRow } from '../../src/legacy/row.ts';
import { csv } from '../../src/legacy/sources/csv.ts';

/** What of a file can be imported as far as each line says, and the file of what cannot. */
async function judged(bytes: Buffer | string): Promise<{ rows: LegacyRow[]; rejects: string }> {
  const { format, entries } = await openTable(Readable.from([Buffer.from(bytes)]), csv.columns);
  const rows: LegacyRow[] = [];
  let rejects = rejectsHead(format);
  for await (const some of entries) {
    for (const entry of some) {
      const found = candidateOf(csv, entry);
      if (found instanceof RowProblem) rejects += rejectedLine(format, entry, found);
      else rows.push(found.row);
    }
  }
  return { rows, rejects };
}

/** The lines of a file of rejects below its head. */
const linesUnder = (rejects: string): string[] => rejects.trimEnd().split('\n').slice(1);

test('long numbers of a line of JSON that is rejected keep every digit', async () => {
  const key = '109348203948203949';
  for (const line of [
    `{"key":${key},"nom":"heron"}`,
    `{"key":${key},"name":"heron","roles":{"admin":true}}`,
    `{"key":${key},"name":"heron","roles":["admin",${key}]}`,
  ]) {
    const { rows, rejects } = await judged(`${line}\n`);
    expect(rows).toEqual([]);
    const corrected = rejects.replace('"nom"', '"name"').replace(/"roles":[{[].*?[\]}],/u, '');
    expect((await judged(corrected)).rows, line).toMatchObject([{ name: 'heron', key }]);
  }
});

test('a line of JSON whose values go deeper than can be followed costs itself, and no other', async () => {
  for (const depth of [10, 100, 1000, 2000, 3000, 4000, 5000, 30_000]) {
    const deep = `{"name":"heron","more":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const { rows, rejects } = await judged(`${deep}\n{"name":"egret"}\n`);
    expect(
      rows.map(({ name }) => name),
      String(depth),
    ).toEqual(['egret']);
    expect(rejects.trimEnd().split('\n'), String(depth)).toHaveLength(1);
    expect(rejects, String(depth)).toContain('heron');
  }
});

test('a line with too few values or too many is handed back whole, and refused again until it is mended', async () => {
  const table = 'name,hash,address,disabled\nheron,,heron@old.example\negret,,egret@old.example,,yes\n"rail\n2",,\n';
  const first = await judged(table);
  expect(linesUnder(first.rejects)).toEqual([
    '"heron,,heron@old.example",,,,2,columns_missing',
    '"egret,,egret@old.example,,yes",,,,3,columns_missing',
    '"""rail',
    '2"",,",,,,4,columns_missing',
  ]);
  const again = await judged(first.rejects);
  expect(again.rows).toEqual([]);
  expect(again.rejects.replaceAll(/\d+,columns/gu, '')).toBe(first.rejects.replaceAll(/\d+,columns/gu, ''));
  const mended = first.rejects.replace('"egret,,egret@old.example,,yes",,,,', 'egret,,egret@old.example,yes,');
  expect((await judged(mended)).rows).toMatchObject([{ name: 'egret', address: 'egret@old.example', blocked: true }]);
});

test('a line that nobody could take apart is handed back also where the columns of a file of rejects were put in another order', async () => {
  const { rejects } = await judged('problem,line,name,key\n,,"heron,1\n,,egret,1,2\n');
  expect(linesUnder(rejects)).toEqual(['",,""heron,1",,2,quotes_open', '",,egret,1,2",,3,columns_missing']);
});

test('NUL costs its line also where another one close to it is no UTF-8', async () => {
  const bytes = Buffer.from('name,key\nh\0ron,1\nren\xe9,2\n', 'latin1');
  const first = await judged(bytes);
  expect(linesUnder(first.rejects)).toEqual(['"h\uFFFDron,1",,2,value_unfit', '"ren\uFFFD,2",,3,not_utf8']);
  expect((await judged(first.rejects)).rows).toEqual([]);
});

test('what could not be read of a line is no part of a name, also once the values are in their columns', async () => {
  const { rejects } = await judged(Buffer.from('name,key\nh\0ron,1\nren\xe9,2\n', 'latin1'));
  const apart = rejects.replace('"h\uFFFDron,1",', 'h\uFFFDron,1').replace('"ren\uFFFD,2",', 'ren\uFFFD,2');
  const again = await judged(apart);
  expect([again.rows, again.rejects]).toEqual([[], apart]);
  const mended = apart.replace('h\uFFFDron', 'heron').replace('ren\uFFFD', 'rené');
  expect((await judged(mended)).rows.map(({ name }) => name)).toEqual(['heron', 'rené']);
});

test('quotes that are open before a line that cannot be read move no line to another place', async () => {
  const bytes = Buffer.from(
    'name,hash,key\nheron,"x,1\negret","y,\nren\xe9,,3\nrail,,4\ncrake,"z,5\nsnipe,,6\n',
    'latin1',
  );
  const { rows, rejects } = await judged(bytes);
  expect(rows.map(({ name }) => name)).toEqual(['rail', 'snipe']);
  expect(linesUnder(rejects).map((line) => /(\d),(\w+)$/u.exec(line)?.slice(1))).toEqual([
    ['2', 'quotes_open'],
    ['3', 'quotes_open'],
    ['4', 'not_utf8'],
    ['6', 'quotes_open'],
  ]);
});

test('the line after one that is too long is read, wherever the file is cut into pieces', async () => {
  for (const end of ['\r', '\n', '\r\n']) {
    const text = Buffer.from(`${'x'.repeat(300_000)}${end}heron${end}egret`);
    for (const cut of [299_999, 300_000, 300_001, 300_002, 300_003]) {
      const lines: Line[] = [];
      for await (const some of linesOf(Readable.from([text.subarray(0, cut), text.subarray(cut)]))) lines.push(...some);
      expect(lines.map(({ text: said, wrong }) => wrong ?? said)).toEqual(['too_long', 'heron', 'egret']);
    }
  }
});
