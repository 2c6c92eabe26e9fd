import { expect, test } from 'vitest';
import { makeRefusals, REASONS, type Reason } from '../../../src/mail/policy/policy.ts';
import { randomId } from '../../../src/storage/seal.ts';
import { onBothEngines } from '../../engines.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 27, 12);

onBothEngines('the last refusals', (ground) => {
  let time = NOON;
  const node = () => makeRefusals({ ...ground(), now: () => time });
  const from = (domain: string | undefined, reason: Reason = 'unregistered_domain', address = '198.51.100.66') => ({
    domain,
    reason,
    address,
  });

  test('equal ones are counted, newest first, and known by the hour', async () => {
    const [refusals, blog] = [node(), randomId()];
    time = NOON + 59_000;
    refusals.note(blog, from('evil.test'));
    refusals.note(blog, from('evil.test'));
    refusals.note(blog, from('evil.test', 'unsigned'));
    time = NOON + 2 * HOUR + 1;
    refusals.note(blog, from(undefined, 'from_unreadable'));
    refusals.note(blog, from('evil.test'));
    expect(await refusals.read(blog)).toEqual([
      { domain: 'evil.test', reason: 'unregistered_domain', count: 3, at: NOON + 2 * HOUR },
      { reason: 'from_unreadable', count: 1, at: NOON + 2 * HOUR },
      { domain: 'evil.test', reason: 'unsigned', count: 1, at: NOON },
    ]);
    expect(await refusals.read(randomId())).toEqual([]);
  });

  test('what two nodes noted stands in one list', async () => {
    const [one, other, blog] = [node(), node(), randomId()];
    one.note(blog, from('a.test'));
    other.note(blog, from('a.test'));
    other.note(blog, from('b.test'));
    await Promise.all([one.flush(), other.flush()]);
    const list = await one.read(blog);
    expect(list.map(({ domain, count }) => `${domain} ${count}`).toSorted()).toEqual(['a.test 2', 'b.test 1']);
  });

  test('P8: however many come, thirty are kept', async () => {
    const [refusals, blog] = [node(), randomId()];
    for (let at = 0; at < 50; at += 1) refusals.note(blog, from(`d${at}.test`));
    await refusals.flush();
    for (let at = 50; at < 60; at += 1) refusals.note(blog, from(`d${at}.test`));
    const list = await refusals.read(blog);
    expect(list).toHaveLength(30);
    expect(list.map(({ domain }) => domain)).toEqual(Array.from({ length: 30 }, (_, at) => `d${59 - at}.test`));
  });

  test('P9: of a machine only an address in a private network is kept', async () => {
    const [refusals, blog] = [node(), randomId()];
    for (const address of [
      '198.51.100.66',
      '2001:4860::8',
      '8.8.8.8',
      'nonsense',
      '172.18.0.5',
      '::ffff:10.0.0.7',
      'fd00::1',
    ]) {
      refusals.note(blog, from('a.test', 'unsigned', address));
    }
    expect((await refusals.read(blog)).map(({ network, count }) => `${network ?? 'none'} ${count}`)).toEqual([
      'fd00::1 1',
      '10.0.0.7 1',
      '172.18.0.5 1',
      'none 4',
    ]);
  });

  test('P2: the row says neither domains nor how many there are', async () => {
    const { storage } = ground();
    const [refusals, blog, wiki] = [node(), randomId(), randomId()];
    refusals.note(blog, from('evil.test'));
    const longest = `${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(60)}`;
    for (let at = 0; at < 30; at += 1) {
      refusals.note(
        wiki,
        from(`${at + 10}.${longest}`, 'signature_partial', `fd00:1111:2222:3333:4444:5555:6666:11${at + 10}`),
      );
    }
    await refusals.flush();
    const rows = (await storage.read.select().from(storage.tables.relayRefusals)).filter(({ applicationId }) =>
      [blog, wiki].includes(applicationId),
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]?.sealed).toHaveLength(rows[1]?.sealed.length ?? 0);
    expect(JSON.stringify(rows)).not.toContain('evil');
    expect(await refusals.read(wiki)).toHaveLength(30);
  });

  test('what the administrator allowed is not shown any more', async () => {
    const [refusals, blog] = [node(), randomId()];
    refusals.note(blog, from('a.test'));
    refusals.note(blog, from('b.test'));
    await refusals.forget(blog, 'a.test');
    await refusals.forget(randomId(), 'a.test');
    expect((await refusals.read(blog)).map(({ domain }) => domain)).toEqual(['b.test']);
  });

  test('what could not be written is kept until it can, in its order', async () => {
    const { storage } = ground();
    let isDown = true;
    const write: typeof storage.write = (work) => (isDown ? Promise.reject(new Error('down')) : storage.write(work));
    const refusals = makeRefusals({ ...ground(), storage: { ...storage, write }, now: () => time });
    const blog = randomId();
    refusals.note(blog, from('a.test'));
    await expect(refusals.flush()).rejects.toThrow('down');
    refusals.note(blog, from('b.test'));
    isDown = false;
    expect((await refusals.read(blog)).map(({ domain }) => domain)).toEqual(['b.test', 'a.test']);
  });
});

test('every reason has a name of its own', () => {
  expect(new Set(REASONS).size).toBe(REASONS.length);
});
