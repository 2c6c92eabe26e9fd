import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq, gt } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { hashOf, makeChain, NO_HASH, parseHead, type Chain, type Head } from '../../src/register/chain.ts';
import type { RegisterContent } from '../../src/register/entries.ts';
import { csvOf } from '../../src/register/export.ts';
import { openStorage } from '../../src/storage/open.ts';
import { openGround, type Ground } from '../engines.ts';

const request = (authority: string, asked = 'Who is hulotte?', by = 'odile'): RegisterContent => ({
  kind: 'authority_request',
  at: '2026-11-27T10:00:00Z',
  by,
  authority,
  basis: 'Art. 60-1',
  asked,
  received: '2026-11-26',
});

describe.each(['sqlite', 'postgres'] as const)('the register on %s', (engine) => {
  let ground: Ground;
  let chain: Chain;
  beforeEach(async () => {
    ground = await openGround(engine);
    chain = makeChain(ground);
    return () => ground.close();
  });

  const append = (content: RegisterContent, on: Chain = chain): Promise<Head> =>
    ground.storage.write((tx) => on.append(tx, content));
  async function fill(many: number): Promise<void> {
    for (let number = 1; number <= many; number += 1) await append(request(`Court ${number}`));
  }
  const table = () => ground.storage.tables.register;
  const rowOf = async (number: number) => {
    const [row] = await ground.storage.read.select().from(table()).where(eq(table().number, number));
    if (row === undefined) throw new Error(`no entry ${number}`);
    return row;
  };
  const change = (number: number, set: Partial<{ number: number; hash: string; sealed: string }>) =>
    ground.storage.write(async (tx) => void (await tx.update(table()).set(set).where(eq(table().number, number))));
  const faults = async (known: readonly Head[] = []): Promise<string[]> =>
    (await chain.verify(known)).faults.map(({ number, what }) => `${number} ${what}`);
  const sealedFor = (number: number, text: string, salt = 'aa'): string =>
    ground.seals.seal('register', String(number), JSON.stringify({ salt, text }));

  test('numbers its entries from 1 without a gap, and says its end', async () => {
    expect(await chain.verify()).toEqual({ entries: 0, head: { number: 0, hash: NO_HASH }, faults: [] });
    await fill(3);
    const { entries, head, faults: found } = await chain.verify();
    expect([entries, found]).toEqual([3, []]);
    expect(head).toEqual(await chain.head());
    expect(head.number).toBe(3);
    expect((await chain.latest(3, 10)).map(({ number }) => number)).toEqual([2, 1]);
    expect((await chain.find(2))?.content).toEqual(request('Court 2'));
  });

  test('is one chain when two nodes write fifty entries at once', async () => {
    const other = await openStorage(ground.address, ground.folder);
    try {
      const others = makeChain({ storage: other, seals: ground.seals });
      await Promise.all(
        Array.from({ length: 50 }, (_, number) =>
          number % 2 === 0
            ? append(request(`Court ${number}`))
            : other.write((tx) => others.append(tx, request(`Court ${number}`))),
        ),
      );
    } finally {
      await other.close();
    }
    const { entries, head, faults: found } = await chain.verify();
    expect([entries, head.number, found]).toEqual([50, 50, []]);
  });

  test('keeps nothing of what is rolled back', async () => {
    await fill(1);
    await expect(
      ground.storage.write(async (tx) => {
        await chain.append(tx, request('Nobody'));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await fill(1);
    expect((await chain.verify()).entries).toBe(2);
    expect(await faults()).toEqual([]);
  });

  test('A92: an edit is found, with the hash left or made to fit', async () => {
    await fill(4);
    const before = await rowOf(2);
    const first = await rowOf(1);
    await change(2, { sealed: before.sealed.slice(0, -6) + 'AAAAAA' });
    expect(await faults()).toEqual(['2 sealed']);
    const text = JSON.stringify(request('Another court'));
    await change(2, { sealed: sealedFor(2, text) });
    expect(await faults()).toEqual(['2 changed']);
    await change(2, { sealed: sealedFor(2, text), hash: hashOf(first.hash, 2, 'aa', text) });
    expect(await faults()).toEqual(['3 changed']);
  });

  test('a removal, a swap and an insertion are found', async () => {
    await fill(5);
    const [second, third] = [await rowOf(2), await rowOf(3)];
    await change(2, { sealed: third.sealed, hash: third.hash });
    await change(3, { sealed: second.sealed, hash: second.hash });
    expect(await faults()).toEqual(expect.arrayContaining(['2 sealed', '3 sealed']));
    await change(2, { sealed: second.sealed, hash: second.hash });
    await change(3, { sealed: third.sealed, hash: third.hash });
    expect(await faults()).toEqual([]);

    const text = JSON.stringify(request('A court that never was'));
    const last = await rowOf(5);
    const inserted = { number: 6, hash: hashOf(last.hash, 6, 'aa', text), sealed: sealedFor(6, text) };
    await ground.storage.write(async (tx) => void (await tx.insert(table()).values(inserted)));
    expect(await faults()).toEqual(['6 changed']);
    await ground.storage.write(async (tx) => void (await tx.delete(table()).where(eq(table().number, 6))));

    await ground.storage.write(async (tx) => void (await tx.delete(table()).where(eq(table().number, 3))));
    expect(await faults()).toEqual(['3 missing', '4 changed']);
  });

  test('a tail that was cut is found, and by a letter’s end also where the rest was made to fit', async () => {
    await fill(5);
    const known = await chain.head();
    await ground.storage.write(async (tx) => void (await tx.delete(table()).where(gt(table().number, 3))));
    expect(await faults()).toEqual(['4 cut']);
    const third = await rowOf(3);
    const { meta } = ground.storage.tables;
    const set = { value: `3:${third.hash}` };
    await ground.storage.write(
      async (tx) => void (await tx.update(meta).set(set).where(eq(meta.key, 'register_head'))),
    );
    expect(await faults()).toEqual([]);
    expect(await faults([known])).toEqual(['4 cut']);
    // Written anew by whoever has the keys: only what was written down elsewhere shows it.
    await fill(2);
    expect(await faults()).toEqual([]);
    expect(await faults([known])).toEqual(['5 rewritten']);
    expect(await faults([{ number: 3, hash: third.hash }])).toEqual([]);
  });

  test('the table can be checked without us, by the documented recipe', async () => {
    await append(request('=HYPERLINK("http://evil.example")', 'Two lines,\nand "quotes" \u2028 and more'));
    await append(request('+Court', '@SUM(1);=1\u2028+1', '=1+1'));
    await fill(2);
    let csv = '';
    for await (const line of csvOf(chain)) csv += line;
    // No cell begins like a formula, and each entry is one line.
    const lines = csv.split('\r\n').slice(0, -1);
    expect(lines).toHaveLength(5);
    expect(csv).not.toMatch(/(^|,|\n)"?\s*[=+@-]/u);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'aluco-register-'));
    try {
      const file = path.join(folder, 'register.csv');
      writeFileSync(file, csv);
      const recipe = [
        'import csv, hashlib, sys',
        'before = "0" * 64',
        'for row in csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")):',
        '    lines = [before, row["number"], row["salt"], row["content"]]',
        '    before = hashlib.sha256("\\n".join(lines).encode()).hexdigest()',
        '    print(row["number"], before == row["hash"])',
        'print(before)',
      ].join('\n');
      const said = execFileSync('python3', ['-c', recipe, file], { encoding: 'utf8' }).trim().split('\n');
      expect(said).toEqual(['1 True', '2 True', '3 True', '4 True', (await chain.head()).hash]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a hash says nothing of what it stands for, and no content stands in the open', async () => {
    await append(request('The same court'));
    await append(request('The same court'));
    const rows = await ground.storage.read.select().from(table());
    expect(JSON.stringify(rows)).not.toMatch(/court/iu);
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(2);
    // Without the salt, which is sealed with it, the hash cannot be made.
    const [first] = await chain.latest(2, 1);
    if (first === undefined) throw new Error('no entry');
    expect(hashOf(NO_HASH, 1, '', first.text)).not.toBe(first.hash);
    expect(hashOf(NO_HASH, 1, first.salt, first.text)).toBe(first.hash);
  });
});

test('an end of the register is read as letters and commands write it, and nothing else', () => {
  const hash = 'ab'.repeat(32);
  expect(parseHead(` 12:${hash.toUpperCase()} `)).toEqual({ number: 12, hash });
  for (const text of ['', hash, `12:${hash}0`, `-1:${hash}`, `1.5:${hash}`]) expect(parseHead(text)).toBeUndefined();
});
