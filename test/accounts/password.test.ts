import { dictionary } from '@zxcvbn-ts/language-common';
import { expect, test } from 'vitest';
import { makePasswordRules, normalizePassword } from '../../src/accounts/password.ts';
import { onBothEngines } from '../engines.ts';
import { CAFE, HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

const rules = makePasswordRules(['Le Nid des Chouettes', 'TeDomum'], async () => false);
const camille = { loginName: 'camille.noé', mailbox: 'C.Martin+aluco@exemple.org' };
const answer = (password: string) => refusalOf(rules.check(password, camille));

test('a new password has 8 characters at least, whatever they are, and 1024 bytes at most', async () => {
  expect(await answer('7 signe')).toBe('password_too_short min=8');
  expect(await answer('🦉🦉🐦🌲')).toBe('password_too_short min=8');
  expect(await answer('🦉🦉🐦🌲🌙🌲🐦🦉')).toBe('fine');
  expect(await answer('un hibou sans chiffre ni majuscule')).toBe('fine');
  expect(await answer('bé'.repeat(340))).toBe('fine');
  expect(await answer('bé'.repeat(342))).toBe('password_too_long max=1024');
});

test('A65 a password of 10 MB is refused before it is read', async () => {
  const huge = 'x'.repeat(10_000_000);
  expect(await answer(huge)).toBe('password_too_long max=1024');
  expect(normalizePassword(huge)).toBeUndefined();
});

test('A65 a password is one password in NFC and in NFD', () => {
  expect(normalizePassword('mot de passe élémentaire')).toBe(normalizePassword('mot de passe e\u0301le\u0301mentaire'));
  expect(normalizePassword('espace  fin ')).toBe('espace  fin ');
});

test('A66 a password everybody tries first is refused', async () => {
  for (const password of [
    'password',
    'PassWord',
    'motdepasse',
    'azertyuiop',
    '12345678',
    'aaaaaaaaaaaa',
    'ｐａｓｓｗｏｒｄ',
  ]) {
    expect(await answer(password), password).toBe('password_common');
  }
});

test('A66 each of the three thousand commonest passwords is refused', async () => {
  const commonest = dictionary['passwords-common'].filter((word) => word.length >= 8).slice(0, 3000);
  expect(commonest).toHaveLength(3000);
  const taken: string[] = [];
  for (const password of commonest)
    if (!/^password_(common|context)$/u.test(await answer(password))) taken.push(password);
  expect(taken).toEqual([]);
});

test('A66 a password made of what stands on the page is refused', async () => {
  for (const password of [
    'aluco-2026',
    'Chouettes1!',
    'leniddeschouettes',
    'nid_des_chouettes',
    'camille.noé',
    'Camille.2026',
    'NOE\u0301camille99',
    'C.Martin+aluco@exemple.org',
    'martin1234',
    'alucoalucoaluco',
    'TeDomum2026',
    't.e.d.o.m.u.m',
  ]) {
    expect(await answer(password), password).toBe('password_context');
  }
  for (const password of ['camille aime les hiboux', '2026-11-21-09-30'])
    expect(await answer(password), password).toBe('fine');
});

onBothEngines('changing a password', (ground) => {
  test('needs the current one, ends the other sessions, is remembered, and leaves only the new one', async () => {
    const { accounts, add, told } = makeHouse(ground());
    const { id } = await add('camille');
    const next = 'quatre chouettes';
    expect(await refusalOf(accounts.changePassword(id, { current: 'wrong one', next }))).toBe('password_wrong');
    expect(await refusalOf(accounts.changePassword(id, { current: PASSWORD, next: 'camille99' }))).toBe(
      'password_context',
    );
    expect(await refusalOf(accounts.changePassword(id, { current: PASSWORD, next: 'court' }))).toBe(
      'password_too_short min=8',
    );
    expect(await refusalOf(accounts.changePassword(id, { current: PASSWORD, next: 'x'.repeat(1e7) }))).toBe(
      'password_too_long max=1024',
    );
    expect(await refusalOf(accounts.changePassword('nobody', { current: PASSWORD, next }))).toBe('password_wrong');
    expect(told).toEqual([]);
    await accounts.changePassword(id, { current: PASSWORD, next, keepSessionUid: 'this one' });
    expect(told).toEqual([`password ${id} this one`]);
    expect((await accounts.timeline.list(id)).map(({ kind }) => kind)).toEqual(['password_changed']);
    const signIn = (password: string) => refusalOf(accounts.signIn({ identifier: 'camille', password, network: HOME }));
    expect(await signIn(PASSWORD)).toBe('credentials_wrong');
    expect(await signIn(next)).toBe('fine');
  });

  test('A65 takes a new one as a whole, wherever it is chosen: past 72 bytes, with NUL in it, in NFC or NFD', async () => {
    const { accounts, add } = makeHouse(ground());
    const long = `${'é'.repeat(40)}\0${'a'.repeat(100)}`;
    const others = [`${long.slice(0, -1)}b`, long.slice(0, 72), long.slice(0, 40), long.replace('\0', '')];
    const { id } = await add('lucas');
    await accounts.changePassword(id, { current: PASSWORD, next: long.normalize('NFD') });
    const { token } = await accounts.passwordLinks.make(id);
    const ways: [string, () => Promise<unknown>][] = [
      ['changed', async () => undefined],
      ['by a link', () => accounts.passwordLinks.use(token, long.normalize('NFD'))],
    ];
    for (const [way, choose] of ways) {
      await choose();
      for (const password of others)
        expect([way, await refusalOf(accounts.signIn({ identifier: 'lucas', password, network: CAFE }))]).toEqual([
          way,
          'credentials_wrong',
        ]);
      expect(await refusalOf(accounts.signIn({ identifier: 'lucas', password: long, network: CAFE }))).toBe('fine');
    }
  });

  test('of two at once with the same current password lets one through', async () => {
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('gaspard');
    const answers = await Promise.all(
      ['deux mulots gris', 'deux mulots roux'].map((next) =>
        refusalOf(accounts.changePassword(id, { current: PASSWORD, next })),
      ),
    );
    expect(answers.toSorted()).toEqual(['fine', 'password_wrong']);
  });

  test('A45 counts wrong ones for the account, apart from sign-in', async () => {
    const { accounts, add, hasher } = makeHouse(ground());
    const { id } = await add('helene');
    const before = hasher.counts().verified;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        refusalOf(accounts.changePassword(id, { current: `wrong ${number}`, next: 'quatre chouettes' })),
      ),
    );
    expect(answers.filter((one) => one === 'password_wrong')).toHaveLength(6);
    expect(answers.filter((one) => one === 'try_later seconds=1')).toHaveLength(14);
    expect(hasher.counts().verified - before).toBe(6);
    expect(await refusalOf(accounts.signIn({ identifier: 'helene', password: PASSWORD, network: CAFE }))).toBe('fine');
  });
});
