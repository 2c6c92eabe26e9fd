import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { onBothEngines } from '../engines.ts';
import { makeHouse } from './house.ts';

onBothEngines('an account', (ground) => {
  const tagOf = async (id: string): Promise<string | null | undefined> => {
    const { read, tables } = ground().storage;
    return (await read.select().from(tables.account).where(eq(tables.account.id, id)))[0]?.mailboxSearchTag;
  };

  test('is found by its whole login name, however it is written, and never by a part', async () => {
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('Hulotte');
    expect((await accounts.search(' ｈｕｌｏｔｔｅ ')).map((account) => account.id)).toEqual([id]);
    for (const text of ['hulott', 'hulotte%', '%', '_ulotte', '', '\0', 'hulotte\0', "' or 1=1 --", 'x'.repeat(1e6)]) {
      expect([text.slice(0, 20), await accounts.search(text)]).toEqual([text.slice(0, 20), []]);
    }
  });

  test('is found by its whole address, verified or not, the verified one first', async () => {
    const { accounts, add } = makeHouse(ground());
    const claims = await add('claims', { mailbox: 'Alix@Home.example' });
    const owns = await add('owns', { mailbox: 'alix@home.example', mailboxVerified: true });
    const found = await accounts.search('ALIX@home.example');
    expect(found.map(({ id, mailboxVerified }) => [id, mailboxVerified])).toEqual([
      [owns.id, true],
      [claims.id, false],
    ]);
    for (const text of [
      'lix@home.example',
      '%@home.example',
      'alix@home',
      '@',
      'alix@home.example\0',
      '@'.repeat(1e6),
    ]) {
      expect([text.slice(0, 20), await accounts.search(text)]).toEqual([text.slice(0, 20), []]);
    }
  });

  test('that owns an address is found however many others give it', async () => {
    const { accounts, add } = makeHouse(ground());
    const { storage, seals } = ground();
    const { account } = storage.tables;
    const owner = await add('owner', { mailbox: 'popular@home.example', mailboxVerified: true });
    const [row] = await storage.read.select().from(account).where(eq(account.id, owner.id));
    if (row === undefined) throw new Error('no row');
    const details = seals.open('account', owner.id, row.sealed).trim();
    await storage.write(async (tx) => {
      for (let at = 0; at < 80; at += 1) {
        const id = `0claim${at}`;
        const sealed = seals.seal('account', id, details);
        await tx.insert(account).values({ ...row, id, loginTag: id, mailboxTag: null, sealed });
      }
    });
    const found = await accounts.search('popular@home.example');
    expect(found).toHaveLength(50);
    expect(found[0]?.id).toBe(owner.id);
  });

  test('is found by a new address and no longer by the old one', async () => {
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('moved', { mailbox: 'old@home.example', mailboxVerified: true });
    await accounts.changeMailbox(id, 'new@home.example');
    expect(await accounts.search('old@home.example')).toEqual([]);
    expect((await accounts.search('new@home.example')).map((account) => account.id)).toEqual([id]);
  });

  test('made before there was such a search gets its tag once, from the clock', async () => {
    const { storage, seals } = ground();
    const { account } = storage.tables;
    const { accounts, add } = makeHouse(ground());
    const [with_, without] = [await add('before', { mailbox: 'before@home.example' }), await add('bare')];
    const [row] = await storage.read.select().from(account).where(eq(account.id, with_.id));
    if (row === undefined) throw new Error('no row');
    const details = seals.open('account', with_.id, row.sealed).trim();
    await storage.write(async (tx) => {
      await tx.update(account).set({ mailboxSearchTag: null });
      for (let at = 0; at < 430; at += 1) {
        const id = `early${at}`;
        const sealed = seals.seal('account', id, details);
        await tx.insert(account).values({ ...row, id, loginTag: id, mailboxSearchTag: null, sealed });
      }
    });
    expect(await accounts.search('before@home.example')).toEqual([]);
    await accounts.fillSearch();
    expect(await accounts.search('before@home.example')).toHaveLength(50);
    expect([await tagOf('early0'), await tagOf('early429'), await tagOf(with_.id)]).toEqual(
      Array.from({ length: 3 }, () => seals.tag('mailbox-search', 'before@home.example')),
    );
    expect(await tagOf(without.id)).toBeNull();

    // Another node, later: it is remembered that there is nothing to do any more.
    await storage.write(async (tx) => void (await tx.update(account).set({ mailboxSearchTag: null })));
    await makeHouse(ground()).accounts.fillSearch();
    expect(await tagOf(with_.id)).toBeNull();
  });
});
