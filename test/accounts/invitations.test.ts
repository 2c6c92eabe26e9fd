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

  test('is of one size whatever it says', async () => {
    const { accounts, by } = await open('size');
    const groups: string[] = [];
    for (let at = 0; at < 20; at += 1) groups.push((await accounts.groups.create(`Size ${at}`)).id);
    await accounts.invitations.invite({ label: '𠀀'.repeat(80), role: 'administrator', groups }, by);
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
