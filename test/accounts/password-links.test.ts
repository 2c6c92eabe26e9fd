import { expect, test } from 'vitest';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

const HOUR = 3_600_000;
const CHOSEN = 'onze effraies rousses';

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
});
