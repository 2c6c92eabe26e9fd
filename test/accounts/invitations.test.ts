import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { onBothEngines } from '../engines.ts';
import { makeHouse, PASSWORD, refusalOf, type House } from './house.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const CHOSEN = 'onze effraies rousses';

const someone = { label: 'Bruno, du potager', role: 'person', groups: [] } as const;

onBothEngines('an invitation', (ground) => {
  /** A room whose accounts do not meet those of other tests. */
  async function open(name: string): Promise<House & { by: string }> {
    const { storage } = ground();
    await storage.write(async (tx) => void (await tx.delete(storage.tables.invitation)));
    const house = makeHouse(ground());
    const { id } = await house.add(`${name}.odile`, { administrator: true });
    return { ...house, by: id };
  }
  const as = (loginName: string, more = {}) => ({ loginName, password: CHOSEN, language: 'fr' as const, ...more });

  test('makes one account, with its role and groups, and an address that is only an assertion', async () => {
    const { accounts, by } = await open('once');
    const { id: radio } = await accounts.groups.create('Radio');
    const gone = await accounts.groups.create('Passing');
    const { token } = await accounts.invitations.invite(
      { label: 'Bruno', role: 'administrator', groups: [radio, gone.id, radio] },
      by,
    );
    await accounts.groups.remove(gone.id);
    const bruno = await accounts.invitations.accept(token, as('once.bruno', { mailbox: 'bruno@home.example' }));
    expect(bruno).toMatchObject({ role: 'administrator', status: 'active', mailboxVerified: false });
    expect(await accounts.groupsOf(bruno.id)).toEqual([{ id: radio, name: 'Radio' }]);
    expect(await refusalOf(accounts.invitations.accept(token, as('once.other')))).toBe('link_gone');
    expect(await accounts.invitations.list()).toEqual([]);
  });

  test('is used up by exactly one of two who hold it, and the other has no account', async () => {
    const { accounts, by } = await open('two');
    const { token } = await accounts.invitations.invite(someone, by);
    const answers = await Promise.all(
      ['two.alix', 'two.bruno'].map((name) => refusalOf(accounts.invitations.accept(token, as(name)))),
    );
    expect(answers.toSorted()).toEqual(['fine', 'link_gone']);
    const made = [await accounts.findByLogin('two.alix'), await accounts.findByLogin('two.bruno')];
    expect(made.filter((account) => account !== undefined)).toHaveLength(1);
    // Nor is the name gone that the other one wanted.
    const loser = made[0] === undefined ? 'two.alix' : 'two.bruno';
    expect((await accounts.add({ ...as(loser), password: PASSWORD })).loginName).toBe(loser);
  });

  test('is still there after a name that is taken, a weak password or a wrong address', async () => {
    const { accounts, by } = await open('again');
    const { token } = await accounts.invitations.invite(someone, by);
    const accept = (more: object) => refusalOf(accounts.invitations.accept(token, { ...as('again.bruno'), ...more }));
    expect(await accept({ loginName: 'again.odile' })).toBe('login_name_taken');
    expect(await accept({ loginName: `x${'y'.repeat(100_000)}` })).toBe('login_name_too_long max=40');
    expect(await accept({ password: 'short' })).toBe('password_too_short min=8');
    expect(await accept({ password: 'x'.repeat(100_000) })).toBe('password_too_long max=1024');
    expect(await accept({ mailbox: 'nobody' })).toBe('mailbox_invalid');
    expect(await accept({})).toBe('fine');
  });

  test('opens nothing once it is withdrawn, and its old link nothing once there is a new one', async () => {
    const { accounts, by } = await open('withdrawn');
    const first = await accounts.invitations.invite(someone, by);
    const second = await accounts.invitations.renew(first.id, by);
    expect(await accounts.findLink(first.token)).toBeUndefined();
    expect(await accounts.findLink(second.token)).toBeDefined();
    await accounts.invitations.withdraw(second.id);
    await accounts.invitations.withdraw(second.id);
    expect(await refusalOf(accounts.invitations.accept(second.token, as('withdrawn.bruno')))).toBe('link_gone');
    expect(await refusalOf(accounts.invitations.renew(second.id, by))).toBe('invitation_unknown');
  });

  test('is opened by its whole token and nothing else', async () => {
    const { accounts, by } = await open('token');
    const { token, id } = await accounts.invitations.invite(someone, by);
    const wrong = [
      '',
      token.slice(0, -1),
      `${token}A`,
      token.toLowerCase(),
      id,
      `${token}\0`,
      '%',
      "'",
      '_'.repeat(22),
    ];
    for (const text of wrong) expect([text, await accounts.findLink(text)]).toEqual([text, undefined]);
    const { storage } = ground();
    expect(JSON.stringify(await storage.read.select().from(storage.tables.invitation))).not.toContain(token);
  });

  test('lasts 24 hours, whether the clock is set an hour forward or back', async () => {
    const { accounts, by, clock } = await open('clock');
    const { token } = await accounts.invitations.invite(someone, by);
    const start = clock.time;
    for (const [hours, isOpen] of [
      [1, true],
      [-1, true],
      [23.9, true],
      [24, false],
      [23, true],
    ] as const) {
      clock.time = start + hours * HOUR;
      expect([hours, (await accounts.findLink(token)) !== undefined]).toEqual([hours, isOpen]);
    }
  });

  test('made while the clock was a year ahead is open for nobody once it is set right, and is withdrawn like others', async () => {
    const { accounts, by, clock } = await open('ahead');
    clock.time += YEAR;
    const { token, id } = await accounts.invitations.invite(someone, by);
    expect(await accounts.findLink(token)).toBeDefined();
    clock.time -= YEAR;
    expect(await accounts.findLink(token)).toBeUndefined();
    await accounts.sweepLinks();
    expect((await accounts.invitations.list()).map((entry) => entry.id)).toContain(id);
    await accounts.invitations.withdraw(id);
    expect(await accounts.invitations.list()).toEqual([]);
  });

  test('that has run out is listed no longer, and swept', async () => {
    const { accounts, by, clock } = await open('swept');
    const { id } = await accounts.invitations.invite(someone, by);
    expect(await accounts.invitations.list()).toMatchObject([{ id, label: someone.label, isBacked: true }]);
    clock.time += 26 * HOUR;
    expect(await accounts.invitations.list()).toEqual([]);
    await accounts.sweepLinks();
    const { storage } = ground();
    const { invitation } = storage.tables;
    expect(await storage.read.select().from(invitation).where(eq(invitation.id, id))).toEqual([]);
  });

  test('is worth no more than the administrator who made it', async () => {
    const { accounts, by, add } = await open('maker');
    const maud = await add('maker.maud', { administrator: true });
    const made = await accounts.invitations.invite({ ...someone, role: 'administrator' }, maud.id);
    await accounts.suspend(maud.id);
    expect(await refusalOf(accounts.invitations.accept(made.token, as('maker.bruno')))).toBe('link_gone');
    expect(await accounts.invitations.list()).toMatchObject([{ id: made.id, isBacked: false }]);
    const anew = await accounts.invitations.renew(made.id, by);
    expect(await refusalOf(accounts.invitations.accept(anew.token, as('maker.bruno')))).toBe('fine');
  });

  test('says whom it is for in a few plain words, and leads into groups that exist', async () => {
    const { accounts, by } = await open('label');
    const invite = (more: object) => refusalOf(accounts.invitations.invite({ ...someone, ...more }, by));
    for (const label of ['', '   ', 'a\0b', 'a\nb', 'x'.repeat(81), 'x'.repeat(1_000_000), '\u202Eevil']) {
      expect(await invite({ label })).toBe('label_invalid max=80');
    }
    expect(await invite({ label: '%_\' "<b>' })).toBe('fine');
    expect(await invite({ groups: ['nothing'] })).toBe('group_unknown');
    expect(await invite({ groups: Array.from({ length: 21 }, (_, at) => `g${at}`) })).toBe('groups_too_many max=20');
  });

  test('for several people makes an account for each, and goes with the last', async () => {
    const { accounts, by } = await open('several');
    const { token, id } = await accounts.invitations.invite({ ...someone, uses: 3, days: 90 }, by);
    for (const [at, uses] of [3, 2, 1].entries()) {
      expect(await accounts.invitations.list()).toMatchObject([{ id, uses }]);
      expect(await refusalOf(accounts.invitations.accept(token, as(`several.${at}`)))).toBe('fine');
    }
    expect(await accounts.invitations.list()).toEqual([]);
    expect(await refusalOf(accounts.invitations.accept(token, as('several.late')))).toBe('link_gone');
    expect(await accounts.findByLogin('several.late')).toBeUndefined();
  });

  test('for seven people is used by seven of twenty at once', async () => {
    const { accounts, by } = await open('crowd');
    const { token, id } = await accounts.invitations.invite({ ...someone, uses: 7 }, by);
    const crowd = Array.from({ length: 20 }, (_, at) => `crowd.p${at}`);
    const answers = await Promise.all(crowd.map((name) => refusalOf(accounts.invitations.accept(token, as(name)))));
    expect(answers.filter((answer) => answer === 'fine')).toHaveLength(7);
    expect(new Set(answers)).toEqual(new Set(['fine', 'link_gone']));
    const made = await Promise.all(crowd.map((name) => accounts.findByLogin(name)));
    expect(made.filter((account) => account !== undefined)).toHaveLength(7);
    expect(await accounts.invitations.list()).toEqual([]);
    expect(await refusalOf(accounts.invitations.renew(id, by))).toBe('invitation_unknown');
  });

  test('that is renewed while others use it counts every one of them', async () => {
    const { accounts, by } = await open('renewed');
    const { token, id } = await accounts.invitations.invite({ ...someone, uses: 10 }, by);
    const names = Array.from({ length: 6 }, (_, at) => `renewed.p${at}`);
    const renewals = Array.from({ length: 6 }, async (_, at) => {
      await new Promise((resolve) => setTimeout(resolve, 30 * at));
      return refusalOf(accounts.invitations.renew(id, by));
    });
    const answers = await Promise.all(names.map((name) => refusalOf(accounts.invitations.accept(token, as(name)))));
    expect(new Set(await Promise.all(renewals))).toEqual(new Set(['fine']));
    const used = answers.filter((answer) => answer === 'fine').length;
    expect(await accounts.invitations.list()).toMatchObject([{ id, uses: 10 - used }]);
  });

  test('lasts as many days as was said, and when renewed as many again, for as many people as it still is', async () => {
    const { accounts, by, clock } = await open('days');
    const { token, id } = await accounts.invitations.invite({ ...someone, uses: 3, days: 30 }, by);
    await accounts.invitations.accept(token, as('days.alix'));
    const start = clock.time;
    clock.time = start + 30 * 24 * HOUR - 1;
    expect(await accounts.findLink(token)).toBeDefined();
    clock.time = start + 30 * 24 * HOUR;
    expect(await accounts.findLink(token)).toBeUndefined();
    clock.time = start + 29 * 24 * HOUR;
    const second = await accounts.invitations.renew(id, by);
    expect(second.expiresAt).toBe(start + 59 * 24 * HOUR);
    expect(await accounts.invitations.list()).toMatchObject([{ id, uses: 2 }]);
  });

  test('is for a number of people and days that make sense, and for one alone who will administer', async () => {
    const { accounts, by } = await open('counts');
    const invite = (more: object) => refusalOf(accounts.invitations.invite({ ...someone, ...more }, by));
    for (const uses of [0, -1, 1.5, 501, Number.NaN, Infinity])
      expect([uses, await invite({ uses })]).toEqual([uses, 'invitation_uses_invalid max=500']);
    for (const days of [0, 91, 0.5, Number.NaN])
      expect([days, await invite({ days })]).toEqual([days, 'invitation_days_invalid max=90']);
    expect(await invite({ uses: 500, days: 90 })).toBe('fine');
    expect(await invite({ uses: 2, role: 'administrator' })).toBe('invitation_single');
    expect(await invite({ uses: 1, days: 90, role: 'administrator' })).toBe('fine');
  });

  test('is neither made nor used nor renewed while no accounts are opened, and afterwards is there again', async () => {
    const { accounts, by } = await open('closed');
    const { token, id } = await accounts.invitations.invite(someone, by);
    const { accounts: closed } = makeHouse(ground(), { signUpMode: 'closed' });
    expect(await refusalOf(closed.invitations.invite(someone, by))).toBe('sign_up_closed');
    expect(await refusalOf(closed.invitations.renew(id, by))).toBe('sign_up_closed');
    expect(await refusalOf(closed.invitations.accept(token, as('closed.bruno')))).toBe('sign_up_closed');
    expect(await closed.findByLogin('closed.bruno')).toBeUndefined();
    // Whoever may ask for an account, an invitation needs no approval.
    for (const signUpMode of ['approval', 'open'] as const) {
      const { accounts: other } = makeHouse(ground(), { signUpMode });
      const made = await other.invitations.invite(someone, by);
      const account = await other.invitations.accept(made.token, as(`closed.${signUpMode}`));
      expect(account.status).toBe('active');
    }
    expect(await refusalOf(accounts.invitations.accept(token, as('closed.bruno')))).toBe('fine');
  });

  test('where there are rules, makes an account for whoever accepts them, and remembers which', async () => {
    const { by } = await open('rules');
    const { accounts } = makeHouse(ground(), { termsVersion: '2026-12' });
    const { token } = await accounts.invitations.invite(someone, by);
    const accept = (more: object) => accounts.invitations.accept(token, as('rules.bruno', more));
    expect(await refusalOf(accept({}))).toBe('terms_required');
    expect(await refusalOf(accept({ acceptsTerms: false }))).toBe('terms_required');
    expect((await accept({ acceptsTerms: true })).termsAccepted).toBe('2026-12');
  });

  test('is of one size whatever it says', async () => {
    const { accounts, by } = await open('size');
    const groups: string[] = [];
    for (let at = 0; at < 20; at += 1) groups.push((await accounts.groups.create(`Size ${at}`)).id);
    await accounts.invitations.invite({ label: '𠀀'.repeat(80), role: 'person', uses: 500, days: 90, groups }, by);
    await accounts.invitations.invite({ label: '"\\'.repeat(40), role: 'administrator', groups }, by);
    await accounts.invitations.invite({ label: 'a', role: 'person', groups: [] });
    const { storage } = ground();
    const rows = await storage.read.select().from(storage.tables.invitation);
    expect(new Set(rows.map(({ sealed }) => sealed.length)).size).toBe(1);
  });

  test('is refused once there are as many as one page can hold', async () => {
    const { accounts, by } = await open('full');
    const { storage } = ground();
    const { invitation } = storage.tables;
    const row = (at: number) => ({ id: `filler${at}`, tokenHash: `filler${at}`, sealed: 'x', expiresHour: 0 });
    await storage.write(async (tx) => {
      await tx.insert(invitation).values(Array.from({ length: 1000 }, (_, at) => row(at)));
    });
    expect(await refusalOf(accounts.invitations.invite(someone, by))).toBe('invitations_full max=1000');
    await accounts.sweepLinks();
    expect(await refusalOf(accounts.invitations.invite(someone, by))).toBe('fine');
  });
});
