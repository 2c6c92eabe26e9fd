import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFindings } from '../../../src/storage/findings.ts';
import { openStorage } from '../../../src/storage/open.ts';
import { makeSeals } from '../../../src/storage/seal.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { checkSpool } from '../../../src/mail/spool/check.ts';
import { SpoolFullError } from '../../../src/mail/spool/spool.ts';
import { onBothEngines } from '../../engines.ts';
import {
  bodyOf,
  HEAD,
  HERON,
  keep,
  MAGPIE,
  octets,
  openSpool,
  SPARROW,
  takeAll,
  toProfile,
  type Clock,
} from './sorting-office.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KIB = 1024;
const trouble = { code: '450', enhanced: '4.2.0', text: 'try again', at: 1 };

onBothEngines('the spool', (ground) => {
  let clock: Clock;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(() => {
    clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    const { storage, seals } = ground();
    const findings = makeFindings();
    await checkSpool(storage, seals, findings);
    const { spool, spoolChunk, delivery } = storage.tables;
    await storage.write(async (tx) => {
      for (const table of [spool, spoolChunk, delivery]) await tx.delete(table);
    });
    expect(findings.list()).toEqual([]);
  });

  const open = (more: Parameters<typeof openSpool>[2] = {}) => openSpool(ground(), clock, more).spool;

  async function anotherNode(): Promise<Storage> {
    const storage = await openStorage(ground().address, ground().folder);
    closing.push(() => storage.close().catch(() => undefined));
    return storage;
  }

  /** What lies in the tables. */
  async function rows() {
    const { read, tables } = ground().storage;
    const [messages, pieces, deliveries] = [
      await read.select().from(tables.spool),
      await read.select().from(tables.spoolChunk),
      await read.select().from(tables.delivery),
    ];
    return { messages, pieces, deliveries };
  }
  const sizes = async () => Object.values(await rows()).map((found) => found.length);

  test('a message is kept octet by octet, whatever its size and however it came', async () => {
    for (const size of [0, 1, 64 * KIB, 64 * KIB + 1, 256 * KIB, 256 * KIB + 1, 1_000_000]) {
      for (const chunk of [777, 64 * KIB, 2_000_000]) {
        const spool = open();
        const body = octets(`caf\u00e9 ${size} \r\n.`, size);
        const [delivery] = await keep(spool, body, [toProfile(HERON, { messageId: `<${size}.${chunk}@x>` })], {
          chunk,
        });
        for (const reader of [spool, open()]) {
          const message = await reader.message(delivery?.spoolId ?? '');
          expect(message?.head.toString('latin1')).toBe(HEAD);
          expect(message?.meta).toMatchObject({ size, mailFrom: 'bounces@meadow.example', receivedAt: 1 });
          expect((await bodyOf(reader, delivery?.spoolId)).equals(body)).toBe(true);
        }
      }
    }
  });

  test('each of two recipients has a delivery of its own, and the message goes with the last of them', async () => {
    const spool = open();
    const [heron, magpie] = await keep(spool, octets('x', 300 * KIB), [toProfile(HERON), toProfile(MAGPIE)]);
    if (heron === undefined || magpie === undefined) throw new Error('not two');
    expect(heron.returnLocal).toMatch(/^[a-z0-9]{20}$/u);
    expect(heron.returnLocal).not.toBe(magpie.returnLocal);
    expect(await sizes()).toEqual([1, 2, 2]);
    expect(await spool.settle(heron, { state: 'delivered' })).toBe(true);
    expect(await sizes()).toEqual([1, 2, 2]);
    expect(await spool.settle(magpie, { state: 'delivered' })).toBe(true);
    expect(await sizes()).toEqual([0, 0, 2]);
    expect(await spool.message(heron.spoolId ?? '')).toBeUndefined();
    expect((await spool.logOf(HERON)).map(({ state, isOpen }) => [state, isOpen])).toEqual([['delivered', false]]);
    expect(await spool.counts()).toEqual({ waiting: 0, held: 0, failed: 0, oldestDue: undefined });
  });

  test('two that close the last deliveries of a message at once leave nothing of it', async () => {
    const [one, two] = [open(), open()];
    for (let round = 0; round < 20; round += 1) {
      const fresh = [HERON, MAGPIE].map((id) => toProfile(id, { messageId: `<${round}@x>`, state: 'held' }));
      await keep(one, octets('x', 70 * KIB), fresh);
      const [heron] = await one.waitingOf(HERON);
      const [magpie] = await one.waitingOf(MAGPIE);
      if (heron === undefined || magpie === undefined) throw new Error('not two');
      expect(await Promise.all([one.discard(heron), two.discard(magpie)])).toEqual([true, true]);
    }
    expect((await sizes()).slice(0, 2)).toEqual([0, 0]);
  });

  test('all recipients are kept or none', async () => {
    const spool = open();
    const failing = open({
      reached(point) {
        if (point === 'committing') throw new Error('the end of the program');
      },
    });
    await expect(keep(failing, octets('x', 300 * KIB), [toProfile(HERON), toProfile(MAGPIE)])).rejects.toThrow(
      'the end',
    );
    expect(await sizes()).toEqual([0, 0, 0]);
    expect(await keep(spool, octets('x', 10), [toProfile(HERON)])).toHaveLength(1);
  });

  test('the sender’s retry after a lost 250 is known for five days, for each recipient by itself', async () => {
    const spool = open();
    const body = octets('hello', 100 * KIB);
    expect(await keep(spool, body, [toProfile(HERON), toProfile(HERON)])).toHaveLength(1);
    clock.time += 4 * DAY;
    expect(await keep(open(), body, [toProfile(HERON)])).toEqual([]);
    const [only] = await keep(open(), body, [toProfile(HERON), toProfile(SPARROW)]);
    expect(only?.profileId).toBe(SPARROW);
    // Another body, sender or identifier is another message; and without an identifier each is.
    expect(await keep(spool, octets('other', 10), [toProfile(HERON)])).toHaveLength(1);
    expect(await keep(spool, body, [toProfile(HERON, { fromDomain: 'harbour.example' })])).toHaveLength(1);
    expect(await keep(spool, body, [toProfile(HERON, { messageId: '<2@meadow.example>' })])).toHaveLength(1);
    const { messageId: _none, ...nameless } = toProfile(HERON);
    for (let time = 0; time < 2; time += 1) expect(await keep(spool, body, [nameless])).toHaveLength(1);
    clock.time += 2 * DAY;
    expect(await keep(spool, body, [toProfile(HERON)])).toHaveLength(1);
    // Nothing of those that were left out lies about.
    expect((await sizes())[0]).toBe(8);
  });

  test('a retry is still known after a new key, by the older one', async () => {
    const { masterKey, storage } = ground();
    await keep(open(), octets('hello', 10), [toProfile(HERON)]);
    const seals = makeSeals([Buffer.alloc(32, 7), masterKey]);
    const renewed = openSpool({ ...ground(), seals, storage }, clock).spool;
    expect(await keep(renewed, octets('hello', 10), [toProfile(HERON)])).toEqual([]);
    expect(await renewed.logOf(HERON)).toHaveLength(1);
  });

  test('two nodes that take what is due at once take each once', async () => {
    const [one, two] = [open(), open({ storage: await anotherNode() })];
    const writer = open({ limits: { hand: 0 } });
    for (let number = 0; number < 60; number += 1) {
      await keep(writer, octets('x', 10), [toProfile(HERON, { messageId: `<${number}@x>` })]);
    }
    const taken = (await Promise.all([takeAll(one), takeAll(two)])).flat();
    // Two processes never share an SQLite file: there, what one of them has counts as left behind.
    if (ground().storage.engine === 'sqlite') expect(new Set(taken.map(({ id }) => id)).size).toBe(60);
    else expect([taken.length, new Set(taken.map(({ id }) => id)).size]).toEqual([60, 60]);
  });

  test('what a node that died had in hand is taken by the next one', async () => {
    const [delivery] = await keep(open(), octets('x', 10), [toProfile(HERON)]);
    const next = open();
    if (ground().storage.engine === 'postgres') {
      expect(await takeAll(next)).toEqual([]);
      clock.time += 4 * MINUTE;
      expect(await takeAll(next)).toEqual([]);
      clock.time += MINUTE;
    }
    const [again] = await takeAll(next);
    expect(again).toMatchObject({ id: delivery?.id, returnLocal: delivery?.returnLocal, mayBeTwice: true, tries: 0 });
    expect(await takeAll(next)).toEqual([]);
  });

  test('what lives and is long in coming is not taken by another node', async () => {
    if (ground().storage.engine === 'sqlite') return;
    const [one, two] = [open(), open()];
    const [delivery] = await keep(one, octets('x', 10), [toProfile(HERON)]);
    for (let minute = 0; minute < 20; minute += 1) {
      clock.time += MINUTE;
      await one.keepLeases();
      expect([...(await takeAll(one)), ...(await takeAll(two))]).toEqual([]);
    }
    if (delivery === undefined) throw new Error('none');
    expect(await two.settle(delivery, { state: 'failed' })).toBe(false);
    expect(await one.settle(delivery, { state: 'delivered' })).toBe(true);
  });

  test('what is put off is due at its time, counts its tries, and is not taken twice by one process', async () => {
    const spool = open();
    const [delivery] = await keep(spool, octets('x', 10), [toProfile(HERON)]);
    if (delivery === undefined) throw new Error('none');
    expect(await takeAll(spool)).toEqual([]);
    const due = clock.time + 50 * MINUTE;
    expect(await spool.putOff(delivery, { due, trouble })).toBe(true);
    clock.time = due - 1;
    expect([...(await takeAll(spool)), ...(await takeAll(open()))]).toEqual([]);
    clock.time = due;
    const [again] = await takeAll(spool);
    expect(again).toMatchObject({ id: delivery.id, tries: 1, trouble, mayBeTwice: false });
    if (again === undefined) throw new Error('none');
    await spool.putOff(again, { due: clock.time });
    expect((await takeAll(spool))[0]).toMatchObject({ tries: 1 });
  });

  test('whoever stops asking leaves the others to be taken', async () => {
    const spool = open({ limits: { hand: 0 } });
    for (let number = 0; number < 5; number += 1) {
      await keep(spool, octets('x', 10), [toProfile(HERON, { messageId: `<${number}@x>` })]);
    }
    const node = open();
    for await (const delivery of node.due()) {
      await node.settle(delivery, { state: 'delivered' });
      break;
    }
    const others = await takeAll(node);
    expect(others.map(({ mayBeTwice }) => mayBeTwice)).toEqual([false, false, false, false]);
  });

  test('a node has no more in hand than it may, and the rest waits', async () => {
    const spool = open({ limits: { hand: 2 } });
    const taken = [];
    for (let number = 0; number < 5; number += 1) {
      taken.push(...(await keep(spool, octets('x', 10), [toProfile(HERON, { messageId: `<${number}@x>` })])));
    }
    expect(taken).toHaveLength(2);
    expect(await takeAll(spool)).toEqual([]);
    for (const delivery of taken) await spool.settle(delivery, { state: 'delivered' });
    expect(await takeAll(spool)).toHaveLength(2);
    expect((await spool.counts()).waiting).toBe(3);
  });

  test('what an administrator wants tried is tried at once, and once', async () => {
    const spool = open();
    for (const delivery of await keep(spool, octets('x', 10), [toProfile(HERON), toProfile(MAGPIE)])) {
      await spool.putOff(delivery, { due: clock.time + 5 * HOUR, trouble });
    }
    clock.time += MINUTE;
    const asked = clock.time;
    clock.time += MINUTE;
    const taken = await takeAll(spool, asked);
    expect(taken).toHaveLength(2);
    for (const delivery of taken) await spool.putOff(delivery, { due: clock.time + 5 * HOUR, trouble });
    clock.time += MINUTE;
    expect(await takeAll(spool, asked)).toEqual([]);
  });

  test('a clock that was wrong holds nothing up once it is right', async () => {
    const spool = open();
    const right = clock.time;
    clock.time += 400 * DAY;
    const [delivery] = await keep(spool, octets('x', 10), [toProfile(HERON)]);
    if (delivery === undefined) throw new Error('none');
    await spool.putOff(delivery, { due: clock.time + HOUR });
    expect(await takeAll(spool)).toEqual([]);
    clock.time = right;
    expect(await takeAll(spool)).toHaveLength(1);
  });

  test('a message that failed stays 14 days for its owner, who may send it again, then goes, and leaves a line', async () => {
    const spool = open();
    const [delivery] = await keep(spool, octets('x', 100 * KIB), [toProfile(HERON)]);
    if (delivery === undefined) throw new Error('none');
    expect(await spool.release(delivery)).toBe(false);
    expect(await spool.settle(delivery, { state: 'failed', trouble })).toBe(true);
    expect(await spool.counts()).toEqual({ waiting: 0, held: 0, failed: 1, oldestDue: undefined });
    clock.time += 13 * DAY;
    await spool.sweep();
    const [failed] = await spool.waitingOf(HERON);
    if (failed === undefined) throw new Error('none');
    expect(await bodyOf(spool, failed.spoolId)).toHaveLength(100 * KIB);
    expect(await spool.release(failed)).toBe(true);
    expect(await spool.release(failed)).toBe(false);
    const [again] = await takeAll(spool);
    expect(again).toMatchObject({ id: failed.id, tries: 0, since: clock.time, returnLocal: failed.returnLocal });
    if (again === undefined) throw new Error('none');
    await spool.settle(again, { state: 'failed', trouble });
    clock.time += 14 * DAY + HOUR;
    await spool.sweep();
    expect(await sizes()).toEqual([0, 0, 1]);
    expect(await spool.logOf(HERON)).toMatchObject([{ state: 'failed', isOpen: false }]);
    clock.time += 14 * DAY + HOUR;
    await spool.sweep();
    expect(await sizes()).toEqual([0, 0, 0]);
  });

  test('what is held is not sent until its owner says so, and may be thrown away', async () => {
    const spool = open();
    const taken = await keep(spool, octets('x', 10), [
      toProfile(HERON),
      toProfile(SPARROW, { state: 'held', why: 'choice' }),
    ]);
    expect(taken.map(({ profileId }) => profileId)).toEqual([HERON]);
    for (const delivery of taken) expect(await spool.hold(delivery, 'mailbox')).toBe(true);
    expect(await takeAll(spool)).toEqual([]);
    const [heron] = await spool.logOf(HERON);
    const [sparrow] = await spool.logOf(SPARROW);
    expect([heron?.why, sparrow?.why]).toEqual(['mailbox', 'choice']);
    if (heron === undefined || sparrow === undefined) throw new Error('not two');
    expect(await spool.find(SPARROW, heron.id)).toBeUndefined();
    expect(await spool.find(HERON, heron.id)).toMatchObject({ id: heron.id });
    expect(await spool.find(HERON, '\0')).toBeUndefined();
    expect(await spool.discard(sparrow)).toBe(true);
    expect(await spool.release(heron)).toBe(true);
    expect((await takeAll(spool)).map(({ id }) => id)).toEqual([heron.id]);
    expect((await spool.logOf(SPARROW))[0]).toMatchObject({ state: 'held', isOpen: false });
  });

  test('F4: a bounce finds its delivery, also one that comes before the other side has said yes', async () => {
    const spool = open();
    const [first, second] = await keep(spool, octets('x', 10), [toProfile(HERON), toProfile(MAGPIE)]);
    if (first === undefined || second === undefined) throw new Error('not two');
    await spool.settle(first, { state: 'delivered' });
    for (const { returnLocal } of [first, second]) {
      const found = await open().findByReturn(returnLocal.toUpperCase());
      if (found === undefined) throw new Error('none');
      expect(await open().bounced(found, trouble)).toBe(true);
    }
    expect(await spool.settle(second, { state: 'delivered' })).toBe(true);
    for (const profile of [HERON, MAGPIE]) {
      expect(await spool.logOf(profile)).toMatchObject([{ state: 'bounced', trouble, isOpen: false }]);
    }
    expect(await spool.findByReturn('nobody')).toBeUndefined();
    expect(await sizes()).toEqual([0, 0, 2]);
  });

  test('a line without a message is noted, and the log of a profile holds so many lines', async () => {
    const spool = open({ limits: { lines: 5 } });
    const held = toProfile(HERON, { state: 'held', why: 'choice' });
    await keep(spool, octets('x', 10), [held]);
    for (let number = 0; number < 8; number += 1) {
      clock.time += HOUR;
      await spool.note(HERON, { kind: 'forward', state: 'muted', fromDomain: `${number}.example` });
    }
    await spool.note(MAGPIE, { kind: 'forward', state: 'refused', fromDomain: 'harbour.example' });
    const log = await spool.logOf(HERON);
    expect(log.map(({ fromDomain }) => fromDomain)).toEqual([
      '7.example',
      '6.example',
      '5.example',
      '4.example',
      'meadow.example',
    ]);
    expect(await spool.logOf(MAGPIE)).toHaveLength(1);
    const both = [toProfile(MAGPIE, { state: 'muted', messageId: '<m@x>' })];
    expect(await keep(spool, octets('x', 100 * KIB), both)).toEqual([]);
    expect(await spool.logOf(MAGPIE)).toHaveLength(2);
    expect((await sizes()).slice(0, 2)).toEqual([1, 0]);
  });

  test('a body without a message is removed after hours, and never while it is being written', async () => {
    const spool = open();
    const slow = spool.begin();
    const lost = open().begin();
    for (const writer of [slow, lost]) await writer.write(octets('x', 300 * KIB));
    for (let hour = 0; hour < 10; hour += 1) {
      clock.time += HOUR;
      await open().sweep();
      await slow.write(octets('x', 100 * KIB));
      await slow.write(octets('x', 156 * KIB));
      expect((await rows()).messages).toHaveLength(hour < 6 ? 2 : 1);
    }
    // Its own process knows it, however long it takes.
    clock.time += 10 * HOUR;
    await spool.sweep();
    expect((await rows()).messages).toHaveLength(1);
    // Another one may not: then it can be kept no more.
    await open().sweep();
    expect(await sizes()).toEqual([0, 0, 0]);
    await expect(slow.write(octets('x', 300 * KIB))).rejects.toThrow('removed half written');
    await slow.abandon();
    expect(await sizes()).toEqual([0, 0, 0]);
  });

  test('a body that is refused after all is gone at once', async () => {
    const writer = open().begin();
    await writer.write(octets('x', 300 * KIB));
    const body = await writer.finish();
    expect(body.size).toBe(300 * KIB);
    await writer.abandon();
    expect(await sizes()).toEqual([0, 0, 0]);
  });

  test('P8: a full spool takes no more, says so, and takes again once something left', async () => {
    const spool = open({ limits: { deliveries: 2, bytes: 1024 * KIB } });
    const large = octets('x', 2048 * KIB);
    await expect(keep(spool, large, [toProfile(HERON)])).rejects.toThrow(SpoolFullError);
    expect(await sizes()).toEqual([0, 0, 0]);
    expect(spool.isFull()).toBe(false);
    const taken = await keep(spool, octets('x', 10), [toProfile(HERON), toProfile(MAGPIE)]);
    expect(spool.isFull()).toBe(true);
    await expect(keep(spool, octets('y', 10), [toProfile(SPARROW)])).rejects.toThrow(SpoolFullError);
    for (const delivery of taken) await spool.settle(delivery, { state: 'delivered' });
    expect(await keep(spool, octets('y', 10), [toProfile(SPARROW)])).toHaveLength(1);
    // Another process counts what is there.
    const other = open({ limits: { deliveries: 1 } });
    await expect(keep(other, octets('z', 10), [toProfile(HERON)])).rejects.toThrow(SpoolFullError);
  });

  test('rows tell neither the size of a message, nor who wrote, nor when', async () => {
    const spool = open();
    for (const [number, size] of [0, 100, 3000].entries()) {
      const correspondent = { address: `${'a'.repeat(number * 20)}@meadow.example`, name: 'ö'.repeat(number * 30) };
      const messageId = `<${'x'.repeat(number * 80)}@x>`;
      await keep(spool, octets('x', size), [toProfile(HERON, { correspondent, messageId })]);
      await spool.note(HERON, { kind: 'forward', state: 'refused', fromDomain: 'x.example' });
    }
    const found = await rows();
    expect(new Set(found.messages.map(({ sealed }) => sealed.length)).size).toBe(1);
    expect(new Set(found.messages.map(({ body }) => body?.length)).size).toBe(1);
    expect(new Set(found.deliveries.map(({ sealed }) => sealed.length)).size).toBe(1);
    expect(found.deliveries.filter(({ dueHour }) => dueHour % HOUR !== 0)).toEqual([]);
    expect(JSON.stringify(found)).not.toContain('meadow');
  });

  test('a row that no key opens holds up no other, and goes when nothing could be done with it any more', async () => {
    const { storage } = ground();
    const { spool, lines } = openSpool(ground(), clock);
    const row = { id: 'from-elsewhere', profileTag: null, spoolId: null, seenTag: null, sealed: 'gone00.AAAA' };
    const dueHour = Math.floor(clock.time / HOUR) * HOUR;
    await storage.write(async (tx) => {
      for (const [number, status] of (['waiting', 'held', 'failed'] as const).entries()) {
        const id = `${row.id}-${status}`;
        await tx.insert(storage.tables.delivery).values({ ...row, id, status, dueHour, returnHash: `r${number}` });
      }
    });
    await keep(open({ limits: { hand: 0 } }), octets('x', 10), [toProfile(HERON)]);
    for (let round = 0; round < 3; round += 1) await takeAll(spool);
    expect(lines.filter((line) => line.includes('delivery_sealed'))).toHaveLength(1);
    expect((await rows()).deliveries).toHaveLength(4);
    clock.time += 15 * DAY;
    await spool.sweep();
    expect((await rows()).deliveries).toHaveLength(1);
  });

  test('the points at which a program may end are all told', async () => {
    const told: string[] = [];
    const spool = open({ reached: (point) => told.push(point) });
    const [delivery] = await keep(spool, octets('x', 100 * KIB), [toProfile(HERON)]);
    if (delivery === undefined) throw new Error('none');
    await spool.putOff(delivery, { due: clock.time });
    for (const again of await takeAll(spool)) await spool.settle(again, { state: 'delivered' });
    expect(told).toEqual([
      'piece kept',
      'body kept',
      'committing',
      'committed',
      'put off',
      'leased',
      'settling',
      'settled',
    ]);
  });

  test('what administrators see of what waits is without correspondents, addresses and words of other servers', async () => {
    const spool = open();
    const [delivery] = await keep(spool, octets('x', 10), [
      toProfile(HERON),
      { accountId: 'odile', kind: 'administrators', state: 'waiting', fromDomain: 'x.example' },
    ]);
    if (delivery === undefined) throw new Error('none');
    await spool.putOff(delivery, {
      due: clock.time + HOUR,
      trouble: { ...trouble, text: 'alix@home.example is full' },
    });
    const queue = await spool.queue(10);
    expect(queue).toHaveLength(2);
    const text = JSON.stringify(queue);
    for (const secret of ['alix@', 'is full', 'odile', 'notifications', delivery.returnLocal, '<1@meadow']) {
      expect(text).not.toContain(secret);
    }
    expect(await spool.counts()).toMatchObject({ waiting: 2, oldestDue: Math.floor(clock.time / HOUR) * HOUR });
  });
});
