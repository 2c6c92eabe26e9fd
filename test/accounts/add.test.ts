import { expect, test } from 'vitest';
import { makeHasher } from '../../src/accounts/hashing.ts';
import { onBothEngines } from '../engines.ts';
import { makeHouse, refusalOf } from './house.ts';

onBothEngines('adding an account', (ground) => {
  test('makes Camille findable by login name in any writing, and by id', async () => {
    const { accounts, add } = makeHouse(ground());
    const camille = await add(' Camille.Noé ', { mailbox: 'Camille@Exämple.org', mailboxVerified: true });
    expect(camille).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/u),
      loginName: 'Camille.Noé',
      mailbox: 'Camille@xn--exmple-cua.org',
      mailboxVerified: true,
      language: 'fr',
      role: 'person',
      status: 'active',
      proofsSince: 0,
      secondFactor: false,
    });
    expect(await accounts.find(camille.id)).toEqual(camille);
    expect(await accounts.findByLogin('CAMILLE.NOE\u0301')).toEqual(camille);
    expect(await accounts.findByLogin('camille.noe')).toBeUndefined();
    expect(await accounts.find('nobody')).toBeUndefined();
  });

  test('A70 refuses a login name that looks like another one, for ever', async () => {
    const { add } = makeHouse(ground());
    await add('alice');
    for (const name of ['Alice', 'al1ce', 'a.l_ice', 'alIce', 'ａlice']) {
      expect(await refusalOf(add(name)), name).toBe('login_name_taken');
    }
    // Cyrillic throughout, so of one script, and not to be told from Latin.
    await add('сосо');
    expect(await refusalOf(add('coco'))).toBe('login_name_taken');
  });

  test('A70 refuses login names of mixed scripts, loose separators, controls and wrong lengths', async () => {
    const { add } = makeHouse(ground());
    for (const name of [
      'аlice2',
      'bob.',
      '.bob',
      'bo b',
      'bo\u0000b',
      'bo\u200bb',
      'bob@example.org',
      'bo\u202eb',
      '가\u3164나',
      '--',
      'ꜳꜳ!',
    ]) {
      expect(await refusalOf(add(name)), name).toBe('login_name_invalid');
    }
    expect(await refusalOf(add('b'))).toBe('login_name_too_short min=2');
    expect(await refusalOf(add(''))).toBe('login_name_too_short min=2');
    expect(await refusalOf(add('b'.repeat(41)))).toBe('login_name_too_long max=40');
    expect(await refusalOf(add('b'.repeat(10_000_000)))).toBe('login_name_too_long max=40');
    for (const name of ['Åse', 'Ελένη', 'Дмитрий', '田中さくら', 'محمد', 'नीलम', 'x2']) {
      expect(await refusalOf(add(name)), name).toBe('fine');
    }
  });

  test('A70 gives one login name, or one look, to exactly one of twenty who ask at once', async () => {
    const { accounts, add } = makeHouse(ground());
    const forms = ['olivier', 'OLIVIER', 'o.livier', 'o1ivier', '0livier'];
    const asked = Array.from({ length: 20 }, (_, number) => refusalOf(add(forms[number % forms.length] ?? '')));
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === 'fine')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'login_name_taken')).toHaveLength(19);
    const found = await Promise.all(forms.map((form) => accounts.findByLogin(form)));
    expect(found.filter((account) => account !== undefined).length).toBeGreaterThan(0);
    const { account, credential } = ground().storage.tables;
    const people = await ground().storage.read.select().from(account);
    expect(await ground().storage.read.select().from(credential)).toHaveLength(people.length);
  });

  test('A44 keeps a mailbox that another account verified, unverified, and does not say so', async () => {
    const { add } = makeHouse(ground());
    const first = await add('mireille', { mailbox: 'mireille@example.org', mailboxVerified: true });
    const second = await add('solange', { mailbox: 'MIREILLE@example.org', mailboxVerified: true });
    expect([first.mailboxVerified, second.mailboxVerified]).toEqual([true, false]);
    expect(second.mailbox).toBe('MIREILLE@example.org');
    expect(await refusalOf(add('yvette', { mailbox: 'not an address' }))).toBe('mailbox_invalid');
  });

  test('A44 gives a verified mailbox to exactly one of ten who bring it at once', async () => {
    const real = makeHasher();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let hashed = 0;
    // All ten come to the database at the same moment, whatever their hashes took.
    const hash = async (password: string): Promise<string> => {
      const encoded = await real.hash(password);
      if ((hashed += 1) === 10) open();
      await gate;
      return encoded;
    };
    const { add } = makeHouse(ground(), { hasher: { ...real, hash } });
    const names = ['ana', 'bert', 'cyril', 'dora', 'emma', 'fred', 'gus', 'hugo', 'irene', 'jo'];
    const made = await Promise.all(
      names.map((name) => add(name, { mailbox: 'shared@example.org', mailboxVerified: true })),
    );
    expect(made.filter(({ mailboxVerified }) => mailboxVerified)).toHaveLength(1);
  });
});

onBothEngines('the standing of an account', (ground) => {
  test('never leaves an instance without an administrator, even when two step down at once', async () => {
    const { accounts, add, told } = makeHouse(ground());
    expect(await accounts.hasAdministrator()).toBe(false);
    const ingrid = await add('ingrid', { administrator: true });
    expect(await accounts.hasAdministrator()).toBe(true);
    expect(await refusalOf(accounts.setRole(ingrid.id, 'person'))).toBe('last_administrator');
    expect(await refusalOf(accounts.suspend(ingrid.id))).toBe('last_administrator');
    expect(told).toEqual([]);

    const paul = await add('paul');
    await accounts.setRole(paul.id, 'administrator');
    const answers = await Promise.all([
      refusalOf(accounts.setRole(ingrid.id, 'person')),
      refusalOf(accounts.suspend(paul.id)),
    ]);
    expect(answers.toSorted()).toEqual(['fine', 'last_administrator']);
    expect(await accounts.hasAdministrator()).toBe(true);
  });

  test('is changed by suspension, which is told upwards, and by reinstatement', async () => {
    const { accounts, add, told } = makeHouse(ground());
    const { id } = await add('lucien');
    await accounts.suspend(id);
    expect(told).toEqual([`suspended ${id}`]);
    expect((await accounts.find(id))?.status).toBe('suspended');
    await accounts.reinstate(id);
    expect((await accounts.find(id))?.status).toBe('active');
    for (const act of [accounts.suspend, accounts.reinstate])
      expect(await refusalOf(act('nobody'))).toBe('account_unknown');
    expect(await refusalOf(accounts.setRole('nobody', 'administrator'))).toBe('account_unknown');
  });
});

onBothEngines('the language and the mailbox', (ground) => {
  test('are changed at the same moment without losing either', async () => {
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('odile');
    const changes = { done: false };
    const mailboxes = (async () => {
      for (const mailbox of ['one@exemple.org', 'two@exemple.org', 'three@exemple.org']) {
        await accounts.changeMailbox(id, mailbox);
        expect((await accounts.find(id))?.mailbox).toBe(mailbox);
      }
      changes.done = true;
    })();
    const languages = (async () => {
      for (let turn = 0; !changes.done; turn += 1) {
        const language = turn % 2 === 0 ? 'en' : 'fr';
        await accounts.setLanguage(id, language);
        expect((await accounts.find(id))?.language).toBe(language);
      }
    })();
    await Promise.all([mailboxes, languages]);
    expect((await accounts.find(id))?.mailbox).toBe('three@exemple.org');
  });
});
