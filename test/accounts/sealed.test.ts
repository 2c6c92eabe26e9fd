import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { makeSeals } from '../../src/storage/seal.ts';
import { onBothEngines, type Ground } from '../engines.ts';
import { HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

async function everyRow({ storage }: Ground): Promise<string> {
  const rows: unknown[] = [];
  for (const table of Object.values(storage.tables)) rows.push(await storage.read.select().from(table));
  return JSON.stringify(rows);
}

onBothEngines('what is stored of an account', (ground) => {
  test('shows neither login name, shape, mailbox, language, network nor event', async () => {
    const { accounts, add } = makeHouse(ground());
    const person = { mailbox: 'Boite.Secrete@courrier.example', mailboxVerified: true };
    const { id } = await add('Philomene.Zabre', person);
    await accounts.signIn({ identifier: 'philomene.zabre', password: PASSWORD, network: HOME });
    await refusalOf(accounts.signIn({ identifier: 'inconnue.zabre', password: 'wrong', network: HOME }));
    await accounts.timeline.record(id, { kind: 'profile_created', at: 1, detail: { name: 'papillon' } });
    await accounts.groups.addMember((await accounts.groups.create('Amis')).id, 'philomene.zabre');
    const dump = (await everyRow(ground())).toLowerCase();
    expect(dump).toContain(id.toLowerCase());
    for (const word of [
      'philomene',
      'phllomene',
      'zabre',
      'secrete',
      'courrier',
      '192.0.2',
      'argon2',
      'papillon',
      'profile_created',
      'trois hiboux',
    ]) {
      expect(dump.includes(word), word).toBe(false);
    }
  });

  test('has the same size whoever it is', async () => {
    const { storage } = ground();
    const { add } = makeHouse(ground());
    await add('al');
    // Four bytes a letter, and a mailbox as long as any.
    await add('𠀀'.repeat(40), { mailbox: `${'&'.repeat(60)}@${'a.'.repeat(93)}example` });
    const accounts = await storage.read.select().from(storage.tables.account);
    expect(new Set(accounts.map(({ sealed }) => sealed.length)).size).toBe(1);
    const credentials = await storage.read.select().from(storage.tables.credential);
    expect(new Set(credentials.map(({ sealed }) => sealed.length)).size).toBe(1);
  });

  test('does not open for another account', async () => {
    const { storage, seals } = ground();
    const { accounts, add } = makeHouse(ground());
    const [quentin, rosalie] = [await add('quentin'), await add('rosalie', { password: 'cinq effraies blanches' })];
    const { account, credential, timeline } = storage.tables;
    for (const { id } of [quentin, rosalie]) await accounts.timeline.record(id, { kind: 'signed_in', at: 1 });
    const tagOf = (id: string) => seals.tag('account', 'timeline', id);
    const { read, write } = storage;

    const [password] = await read.select().from(credential).where(eq(credential.accountId, quentin.id));
    await write((tx) =>
      tx
        .update(credential)
        .set({ sealed: password?.sealed ?? '' })
        .where(eq(credential.accountId, rosalie.id)),
    );
    const withHisPassword = { identifier: 'rosalie', password: PASSWORD, network: HOME };
    await expect(accounts.signIn(withHisPassword)).rejects.toThrow('a credential value does not open');

    const tag = eq(timeline.accountTag, tagOf(quentin.id));
    const [events] = await read.select().from(timeline).where(tag);
    await write((tx) =>
      tx
        .update(timeline)
        .set({ sealed: events?.sealed ?? '' })
        .where(eq(timeline.accountTag, tagOf(rosalie.id))),
    );
    await expect(accounts.timeline.list(rosalie.id)).rejects.toThrow('a timeline value does not open');

    const [row] = await read.select().from(account).where(eq(account.id, quentin.id));
    await write((tx) =>
      tx
        .update(account)
        .set({ sealed: row?.sealed ?? '' })
        .where(eq(account.id, rosalie.id)),
    );
    await expect(accounts.find(rosalie.id)).rejects.toThrow('a account value does not open');
  });

  test('is found under an earlier master key, and names it guards stay taken', async () => {
    const { masterKey } = ground();
    const before = makeHouse(ground());
    const sylvie = await before.add('sylvie', { mailbox: 'sylvie@exemple.org', mailboxVerified: true });
    await before.accounts.timeline.record(sylvie.id, { kind: 'signed_in', at: 1 });
    const { accounts, add } = makeHouse(ground(), { seals: makeSeals([Buffer.alloc(32, 7), masterKey]) });
    expect(await accounts.findByLogin('sylvie')).toEqual(sylvie);
    await accounts.signIn({ identifier: 'sylvie@exemple.org', password: PASSWORD, network: HOME });
    expect(await refusalOf(add('sylv1e'))).toBe('login_name_taken');
    expect((await add('theo', { mailbox: 'sylvie@exemple.org', mailboxVerified: true })).mailboxVerified).toBe(false);
    await accounts.timeline.record(sylvie.id, { kind: 'session_ended', at: 2 });
    expect((await accounts.timeline.list(sylvie.id)).map(({ kind }) => kind)).toEqual(['session_ended', 'signed_in']);
  });
});
