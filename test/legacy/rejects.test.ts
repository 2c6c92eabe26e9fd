import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { candidateOf } from '../../src/legacy/candidate.ts';
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
