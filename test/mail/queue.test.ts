import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LETTERS, type Letter, type LetterKind } from '../../src/accounts/accounts.ts';
import { setQuiet } from '../../src/storage/quiet.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { onBothEngines } from '../engines.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { openPostOffice, recovery, type Clock } from './post-office.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ALIX = 'alix@home.example';
const BRUNO = 'bruno@home.example';

onBothEngines('the letters that wait', (ground) => {
  let catcher: MailCatcher;
  let clock: Clock;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    catcher = await openMailCatcher();
    closing.push(() => catcher.close());
    clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    const { storage } = ground();
    await storage.write(async (tx) => void (await tx.delete(storage.tables.letter)));
  });

  const open = (more: Partial<Parameters<typeof openPostOffice>[0]> = {}) =>
    openPostOffice({ ground: ground(), clock, smtp: catcher.smtp, ...more });

  async function anotherNode(): Promise<Storage> {
    const storage = await openStorage(ground().address, ground().folder);
    closing.push(() => storage.close().catch(() => undefined));
    return storage;
  }

  test('a letter of a transaction that is rolled back never leaves', async () => {
    const { mail, post } = open();
    const { storage } = ground();
    const broken = storage.write(async (tx) => {
      await mail.post(tx, recovery(ALIX));
      throw new Error('something else went wrong');
    });
    await expect(broken).rejects.toThrow('something else');
    await post(recovery(BRUNO));
    await mail.deliver();
    expect(catcher.letters.map(({ to }) => to)).toEqual([BRUNO]);
  });

  test('letters leave in the order of the hours they were written in', async () => {
    const { mail, post } = open();
    const written: string[] = [];
    for (let hour = 0; hour < 12; hour += 1) {
      const to = `${hour}@home.example`;
      await post(recovery(to));
      written.push(to);
      clock.time += HOUR;
    }
    await mail.deliver();
    expect(catcher.letters.map(({ to }) => to)).toEqual(written);
  });

  test('where there is no smart host nothing is kept', async () => {
    const { mail, post } = open({ smtp: '' });
    await post(recovery(ALIX));
    await mail.deliver();
    expect(await mail.waiting()).toBe(0);
  });

  test('rows are of one size, whatever the letter, and tell the hour alone', async () => {
    const { post } = open();
    for (const [kind, names] of Object.entries(LETTERS) as [LetterKind, readonly string[]][]) {
      for (const value of ['', 'ö'.repeat(64), '→'.repeat(600), '"\n'.repeat(300)]) {
        const values = Object.fromEntries(names.map((name) => [name, value]));
        await post({ kind, to: `${'a'.repeat(60)}@home.example`, language: 'fr', values } as Letter);
      }
    }
    const { storage } = ground();
    const rows = await storage.read.select().from(storage.tables.letter);
    expect(rows).toHaveLength(4 * Object.keys(LETTERS).length);
    expect(new Set(rows.map(({ sealed }) => sealed.length)).size).toBe(1);
    expect(rows.filter(({ dueHour }) => dueHour % HOUR !== 0 || dueHour > clock.time)).toEqual([]);
  });

  test('two nodes that deliver at once send each letter once', async () => {
    const [one, two] = [open(), open({ storage: await anotherNode() })];
    for (let number = 0; number < 30; number += 1) await one.post(recovery(`owl${number}@home.example`));
    await Promise.all([one.mail.deliver(), two.mail.deliver()]);
    // Where both saw a letter, the slower one left it.
    const sent = catcher.letters.map(({ to }) => to);
    expect([sent.length, new Set(sent).size]).toEqual([30, 30]);
    expect(await one.mail.waiting()).toBe(0);
    expect(Math.min(one.counted.length, two.counted.length)).toBeGreaterThan(0);
  });

  test('a node that dies after the smart host took a letter leaves it to be sent again, once its lease is over', async () => {
    const storage = await anotherNode();
    const dying = await openMailCatcher({
      async onData(stream, _session, callback) {
        for await (const _chunk of stream);
        await storage.close();
        callback();
      },
    });
    closing.push(() => dying.close());
    const first = open({ storage, smtp: dying.smtp });
    const second = open();
    await second.post(recovery(ALIX));
    await expect(first.mail.deliver()).rejects.toThrow();
    clock.time += 4 * MINUTE;
    await second.mail.deliver();
    expect(catcher.letters).toEqual([]);
    clock.time += MINUTE;
    await second.mail.deliver();
    expect([catcher.letters.length, await second.mail.waiting()]).toEqual([1, 0]);
  });

  test('a node that dies before that loses no letter either', async () => {
    const storage = await anotherNode();
    const dying = await openMailCatcher({
      async onRcptTo(_address, _session, callback) {
        await storage.close();
        callback(Object.assign(new Error('gone'), { responseCode: 421 }));
      },
    });
    closing.push(() => dying.close());
    const first = open({ storage, smtp: dying.smtp });
    const second = open();
    await second.post(recovery(ALIX));
    await expect(first.mail.deliver()).rejects.toThrow();
    clock.time += 5 * MINUTE;
    await second.mail.deliver();
    expect([catcher.letters.length, await second.mail.waiting()]).toEqual([1, 0]);
  });

  test('a quiet instance keeps its letters until it is quiet no more', async () => {
    const { mail, post } = open();
    await setQuiet(ground().storage, true);
    try {
      await post(recovery(ALIX));
      await mail.deliver();
      await mail.sweep();
      expect([catcher.letters.length, await mail.waiting()]).toEqual([0, 1]);
    } finally {
      await setQuiet(ground().storage, false);
    }
    await mail.deliver();
    expect(catcher.letters).toHaveLength(1);
  });

  test('a program that is told to stop begins no further letter', async () => {
    const stopping = open({ isStopping: () => true });
    await stopping.post(recovery(ALIX));
    await stopping.post(recovery(BRUNO));
    await stopping.mail.deliver();
    expect([catcher.letters.length, await stopping.mail.waiting()]).toEqual([1, 1]);
  });

  test('a letter of a time that has not come leaves: the clock was wrong', async () => {
    const { mail, post } = open();
    const right = clock.time;
    clock.time += 400 * 24 * HOUR;
    await post(recovery(ALIX));
    clock.time = right;
    await mail.deliver();
    expect(catcher.letters).toHaveLength(1);
  });

  test('a row that no key opens holds up no other, and is removed after a week', async () => {
    const { mail, post, lines } = open();
    const { storage } = ground();
    const row = { id: 'from-elsewhere', sealed: 'gone00.AAAA', dueHour: clock.time - HOUR };
    await storage.write(async (tx) => void (await tx.insert(storage.tables.letter).values(row)));
    await post(recovery(ALIX));
    for (let round = 0; round < 3; round += 1) await mail.deliver();
    expect(catcher.letters).toHaveLength(1);
    expect(lines.filter((line) => line.includes('letter_sealed'))).toHaveLength(1);
    await mail.sweep();
    expect(await mail.waiting()).toBe(1);
    clock.time += 8 * 24 * HOUR;
    await mail.sweep();
    expect(await mail.waiting()).toBe(0);
  });

  test('what is no mailbox gets no letter', async () => {
    const { mail, post, lines } = open();
    const wrong = [
      '',
      'alix',
      'a@b, c@d',
      'a@b\r\nRCPT TO:<c@d>',
      'Alix <alix@home.example>',
      `${'a'.repeat(250)}@b.example`,
    ];
    for (const to of wrong) await post(recovery(to));
    expect(await mail.waiting()).toBe(0);
    expect(lines.join('\n')).toContain('letter_dropped');
    expect(lines.length).toBeLessThan(wrong.length);
  });

  test('where ten thousand letters wait, no further one is taken, and the log says so', async () => {
    const { mail, post, lines } = open();
    const { storage } = ground();
    await post(recovery(ALIX));
    const rows = Array.from({ length: 9999 }, (_, number) => ({
      id: `row${number}`,
      sealed: 'x',
      dueHour: clock.time,
    }));
    await storage.write(async (tx) => {
      for (let start = 0; start < rows.length; start += 500) {
        await tx.insert(storage.tables.letter).values(rows.slice(start, start + 500));
      }
    });
    const changed = { kind: 'password_changed', to: BRUNO, language: 'en', values: { login_name: 'bruno' } } as const;
    await post(changed);
    expect(await mail.waiting()).toBe(10_000);
    expect(lines.filter((line) => line.includes('"reason":"full"'))).toHaveLength(1);
    await storage.write(
      async (tx) => void (await tx.delete(storage.tables.letter).where(eq(storage.tables.letter.id, 'row1'))),
    );
    // What strangers ask for does not take the place of what tells somebody of a thief.
    await post(recovery(BRUNO));
    expect(await mail.waiting()).toBe(9_999);
    await post(changed);
    expect(await mail.waiting()).toBe(10_000);
  });
});
