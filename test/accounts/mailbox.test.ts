import { expect, test } from 'vitest';
import { parseMailbox } from '../../src/mailbox.ts';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

const answer = (text: string) => refusalOf((async () => parseMailbox(text))());

test('a mailbox is an address of RFC 5321 with a full domain, which may be internationalised', async () => {
  expect(parseMailbox(' Ana.B+tag@Example.ORG ')).toBe('Ana.B+tag@example.org');
  expect(parseMailbox("o'neil@hôtel.example")).toBe("o'neil@xn--htel-vqa.example");
  expect(await answer(`${'a'.repeat(64)}@example.org`)).toBe('fine');
  for (const text of [
    '',
    '@',
    'ana',
    '@example.org',
    'ana@',
    'ana@localhost',
    'ana@192.0.2.1',
    'ana@[192.0.2.1]',
    'ana..b@example.org',
    '.ana@example.org',
    'ana b@example.org',
    'ana@exa mple.org',
    'ana@example.org\r\nRCPT TO:<eve@example.org>',
    'ana\n@example.org',
    'ana@example.org/path',
    'ana@%65xample.org',
    'ana@-example.org',
    'ana@example..org',
    '"ana"@example.org',
    'ana,eve@example.org',
    '<ana@example.org>',
    'aña@example.org',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)}.org`,
    `a@${'b'.repeat(64)}.org`,
    `a@${'b.'.repeat(5_000_000)}org`,
  ]) {
    expect(await answer(text), text.slice(0, 60)).toBe('mailbox_invalid');
  }
});

onBothEngines('the mailbox of an account', (ground) => {
  test('is changed where no mail is sent, and then nobody signs in with it before it is verified', async () => {
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('nadia', { mailbox: 'nadia@exemple.org', mailboxVerified: true });
    const signIn = (identifier: string) =>
      refusalOf(accounts.signIn({ identifier, password: PASSWORD, network: HOME }));
    const change = (mailbox: string) => refusalOf(accounts.changeMailbox(id, mailbox));
    expect(await refusalOf(accounts.changeMailbox('nobody', 'new@exemple.org'))).toBe('account_unknown');
    expect(await change('new exemple.org')).toBe('mailbox_invalid');
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'nadia@exemple.org', mailboxVerified: true });
    expect(await change('New@exemple.org')).toBe('fine');
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'New@exemple.org', mailboxVerified: false });
    expect(await signIn('nadia@exemple.org')).toBe('credentials_wrong');
    expect(await signIn('new@exemple.org')).toBe('credentials_wrong');

    // The link that went to the first address proves nothing about the second.
    expect(await accounts.markMailboxVerified(id, 'nadia@exemple.org')).toBe(false);
    expect(await accounts.markMailboxVerified(id, 'New@exemple.org')).toBe(true);
    expect(await accounts.markMailboxVerified(id, 'new@exemple.org')).toBe(true);
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'New@exemple.org', mailboxVerified: true });
    expect(await signIn('new@exemple.org')).toBe('fine');
    expect((await accounts.timeline.list(id)).map(({ kind }) => kind)).toEqual(['mailbox_changed']);
  });

  test('A44 is verified by one account only, and the other learns nothing', async () => {
    const { accounts, add } = makeHouse(ground());
    const both = await Promise.all(['odette', 'pascal'].map((name) => add(name, { mailbox: 'Ours@exemple.org' })));
    const marked = await Promise.all(both.map(({ id }) => accounts.markMailboxVerified(id, 'ours@exemple.org')));
    expect(marked.toSorted()).toEqual([false, true]);
    const other = both[marked.indexOf(false)];
    expect(await accounts.find(other?.id ?? '')).toEqual(other);
    expect(await accounts.markMailboxVerified('nobody', 'ours@exemple.org')).toBe(false);
  });

  test('is free again for others once its account has left it', async () => {
    const { accounts, add } = makeHouse(ground());
    const rene = await add('rene', { mailbox: 'desk@exemple.org', mailboxVerified: true });
    await accounts.changeMailbox(rene.id, 'rene@exemple.org');
    expect((await add('simone', { mailbox: 'desk@exemple.org', mailboxVerified: true })).mailboxVerified).toBe(true);
  });
});
