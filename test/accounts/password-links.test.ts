import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Letter } from '../../src/accounts/accounts.ts';
import { makeCredentials } from '../../src/accounts/credentials.ts';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

const HOUR = 3_600_000;
const CHOSEN = 'onze effraies rousses';
const stopOf = (letter: Letter | undefined): string => (letter?.kind === 'link_made' ? letter.values.token : '');

onBothEngines('a link for a new password', (ground) => {
  const signIn = ({ accounts }: ReturnType<typeof makeHouse>, identifier: string, password: string) =>
    refusalOf(accounts.signIn({ identifier, password, network: HOME }));
  const kindsOf = async ({ accounts }: ReturnType<typeof makeHouse>, id: string) =>
    (await accounts.timeline.list(id)).map(({ kind }) => kind);

  test('A51 replaces the password once, ends all sessions, and stands in the timeline from the moment it is made', async () => {
    const house = makeHouse(ground());
    const { accounts, told } = house;
    const { id } = await house.add('lost.alix');
    const { token } = await accounts.passwordLinks.make(id);
    expect(await kindsOf(house, id)).toEqual(['link_made']);
    expect(await signIn(house, 'lost.alix', PASSWORD)).toBe('fine');
    await accounts.passwordLinks.use(token, CHOSEN);
    expect(told).toEqual([`password ${id} -`]);
    expect([await signIn(house, 'lost.alix', PASSWORD), await signIn(house, 'lost.alix', CHOSEN)]).toEqual([
      'credentials_wrong',
      'fine',
    ]);
    expect((await kindsOf(house, id)).toSorted()).toEqual(['link_made', 'link_used']);
    expect(await refusalOf(accounts.passwordLinks.use(token, PASSWORD))).toBe('link_gone');
    expect(await accounts.passwordLinks.pending(id)).toBeUndefined();
  });

  test('A51 is used by exactly one of two who hold it', async () => {
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('race.alix');
    const { token } = await accounts.passwordLinks.make(id);
    const passwords = [CHOSEN, 'neuf lanternes sourdes'];
    const answers = await Promise.all(
      passwords.map((password) => refusalOf(accounts.passwordLinks.use(token, password))),
    );
    expect(answers.toSorted()).toEqual(['fine', 'link_gone']);
  });

  test('A51 opens nothing after its owner changed the password, a newer link, a withdrawal or 24 hours', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const { id } = await add('late.alix');
    const changed = await accounts.passwordLinks.make(id);
    await accounts.changePassword(id, { current: PASSWORD, next: CHOSEN });
    expect([await accounts.findLink(changed.token), await accounts.passwordLinks.pending(id)]).toEqual([
      undefined,
      undefined,
    ]);
    const replaced = await accounts.passwordLinks.make(id);
    const withdrawn = await accounts.passwordLinks.make(id);
    expect(await accounts.findLink(replaced.token)).toBeUndefined();
    expect(await accounts.findLink(withdrawn.token)).toBeDefined();
    await accounts.passwordLinks.withdraw(id);
    const late = await accounts.passwordLinks.make(id);
    clock.time += 24 * HOUR;
    for (const { token } of [changed, replaced, withdrawn, late]) {
      expect(await refusalOf(accounts.passwordLinks.use(token, PASSWORD))).toBe('link_gone');
    }
  });

  test('asks for a good password, and is still there after a bad one', async () => {
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('weak.alix');
    const { token } = await accounts.passwordLinks.make(id);
    expect(await refusalOf(accounts.passwordLinks.use(token, 'weak.alix'))).toBe('password_context');
    expect(await refusalOf(accounts.passwordLinks.use(token, 'x'.repeat(100_000)))).toBe('password_too_long max=1024');
    expect(await refusalOf(accounts.passwordLinks.use(token, CHOSEN))).toBe('fine');
  });

  test('is for accounts that are there and not suspended, and its maker must still administer', async () => {
    const { accounts, add } = makeHouse(ground());
    const [bruno, maud] = [await add('link.bruno'), await add('link.maud', { administrator: true })];
    await add('link.odile', { administrator: true });
    expect(await refusalOf(accounts.passwordLinks.make('nobody'))).toBe('account_unknown');
    const { token } = await accounts.passwordLinks.make(bruno.id);
    await accounts.suspend(bruno.id);
    expect(await refusalOf(accounts.passwordLinks.make(bruno.id))).toBe('account_suspended');
    expect(await refusalOf(accounts.passwordLinks.use(token, CHOSEN))).toBe('link_gone');
    await accounts.reinstate(bruno.id);
    const made = await accounts.passwordLinks.make(bruno.id, { by: maud.id });
    await accounts.setRole(maud.id, 'person');
    expect(await refusalOf(accounts.passwordLinks.use(made.token, CHOSEN))).toBe('link_gone');
  });

  test('makes no account, nor does an invitation set a password', async () => {
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('kind.alix');
    const link = await accounts.passwordLinks.make(id);
    const invitation = await accounts.invitations.invite({ label: 'Bruno', role: 'person', groups: [] });
    const person = { loginName: 'kind.bruno', password: CHOSEN, language: 'fr' as const };
    expect(await refusalOf(accounts.invitations.accept(link.token, person))).toBe('link_gone');
    expect(await refusalOf(accounts.passwordLinks.use(invitation.token, CHOSEN))).toBe('link_gone');
    expect(await refusalOf(accounts.invitations.renew(link.id))).toBe('invitation_unknown');
    expect((await accounts.invitations.list()).map((entry) => entry.id)).not.toContain(link.id);
  });

  test('opens after a while where its owner can be told, who stops it by the letter or on their page', async () => {
    const { accounts, add, letters, clock } = makeHouse(ground());
    const { id } = await add('told.alix', { mailbox: 'told@home.example', mailboxVerified: true });
    const made = await accounts.passwordLinks.make(id);
    expect(made).toMatchObject({ opensAt: clock.time + 24 * HOUR, isTold: true, expiresAt: clock.time + 48 * HOUR });
    expect(letters).toEqual([
      {
        kind: 'link_made',
        to: 'told@home.example',
        language: 'fr',
        values: { login_name: 'told.alix', token: stopOf(letters[0]), opens: new Date(made.opensAt).toISOString() },
      },
    ]);
    expect(await refusalOf(accounts.passwordLinks.use(made.token, CHOSEN))).toBe('link_waits');
    await accounts.passwordLinks.stop(stopOf(letters[0]));
    expect(await refusalOf(accounts.passwordLinks.stop(stopOf(letters[0])))).toBe('link_gone');
    clock.time += 24 * HOUR;
    expect(await refusalOf(accounts.passwordLinks.use(made.token, CHOSEN))).toBe('link_gone');
    expect((await accounts.timeline.list(id)).map(({ kind }) => kind)).toEqual(['link_stopped', 'link_made']);

    const refused = await accounts.passwordLinks.make(id);
    await accounts.passwordLinks.refuse(id);
    await accounts.passwordLinks.refuse(id);
    expect(await accounts.findLink(refused.token)).toBeUndefined();
    expect((await accounts.timeline.list(id)).filter(({ kind }) => kind === 'link_stopped')).toHaveLength(2);

    const opened = await accounts.passwordLinks.make(id);
    clock.time += 24 * HOUR;
    expect(await refusalOf(accounts.passwordLinks.use(opened.token, CHOSEN))).toBe('fine');
    expect(letters.at(-1)).toMatchObject({ kind: 'password_changed', to: 'told@home.example' });
    expect(await accounts.findLink(stopOf(letters.at(-2)))).toBeUndefined();
  });

  test('opens at once for whoever owns the machine, and without mail for everybody', async () => {
    const told = makeHouse(ground());
    const { id } = await told.add('now.alix', { mailbox: 'now@home.example', mailboxVerified: true });
    const atOnce = await told.accounts.passwordLinks.make(id, { atOnce: true });
    expect(atOnce).toMatchObject({ opensAt: told.clock.time, isTold: true });
    expect(told.letters.map(({ kind }) => kind)).toEqual(['link_made']);
    expect(await refusalOf(told.accounts.passwordLinks.use(atOnce.token, CHOSEN))).toBe('fine');

    const mute = makeHouse(ground(), { hasMail: false });
    expect(await mute.accounts.passwordLinks.make(id)).toMatchObject({ opensAt: mute.clock.time, isTold: false });
    expect(mute.letters).toEqual([]);
    // Nor where the mailbox is only asserted.
    const asserted = await told.add('asserted', { mailbox: 'asserted@home.example' });
    told.letters.length = 0;
    expect(await told.accounts.passwordLinks.make(asserted.id)).toMatchObject({ isTold: false });
    expect(told.letters).toEqual([]);
  });

  test('A62 takes the second factor only where it was made for that, and only by its use', async () => {
    const { accounts, add, letters } = makeHouse(ground());
    const credentials = makeCredentials({ ...ground(), now: Date.now });
    const { id } = await add('without.alix', { mailbox: 'without@home.example', mailboxVerified: true });
    const has = async (): Promise<(boolean | undefined)[]> => [
      (await accounts.find(id))?.secondFactor,
      (await credentials.list(id, 'recovery-code', z.unknown())).length > 0,
    ];
    await ground().storage.write(async (tx) => {
      await credentials.add(tx, id, 'totp', { name: 'phone' });
      await credentials.add(tx, id, 'recovery-code', { codes: [] });
    });
    expect(await has()).toEqual([true, true]);
    const plain = await accounts.passwordLinks.make(id, { atOnce: true });
    await accounts.passwordLinks.use(plain.token, CHOSEN);
    expect(await has()).toEqual([true, true]);
    letters.length = 0;
    const lost = await accounts.passwordLinks.make(id, { atOnce: true, resetsFactors: true });
    expect(await accounts.passwordLinks.pending(id)).toMatchObject({ resetsFactors: true });
    expect(await has()).toEqual([true, true]);
    // Refused, it takes nothing.
    expect(await refusalOf(accounts.passwordLinks.use(lost.token, 'court'))).toBe('password_too_short min=8');
    expect(await has()).toEqual([true, true]);
    await accounts.passwordLinks.use(lost.token, PASSWORD);
    expect(await has()).toEqual([false, false]);
    expect(letters.map(({ kind, values }) => [kind, 'method' in values ? values.method : ''])).toEqual([
      ['link_made', ''],
      ['factor_removed', 'totp'],
      ['password_changed', ''],
    ]);
    expect((await accounts.timeline.list(id)).slice(0, 2)).toMatchObject([
      { kind: 'factor_removed', detail: { method: 'totp' } },
      { kind: 'link_used' },
    ]);
  });

  test('A51 stopped and used at the same moment: one of the two, never both', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    for (let round = 0; round < 5; round += 1) {
      const name = `race${round}`;
      const { id } = await add(name, { mailbox: `${name}@home.example`, mailboxVerified: true });
      const { token } = await accounts.passwordLinks.make(id, { atOnce: true });
      const stop = stopOf(letters.at(-1));
      const [used, stopped] = await Promise.all([
        refusalOf(accounts.passwordLinks.use(token, CHOSEN)),
        refusalOf(accounts.passwordLinks.stop(stop)),
      ]);
      expect([used, stopped].toSorted()).toEqual(['fine', 'link_gone']);
      const password = used === 'fine' ? CHOSEN : PASSWORD;
      expect(await refusalOf(accounts.signIn({ identifier: name, password, network: HOME }))).toBe('fine');
    }
  });
});
