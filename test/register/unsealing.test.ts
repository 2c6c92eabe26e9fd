import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RegisterContent } from '../../src/register/register.ts';
import { refusalOf } from '../accounts/house.ts';
import { PEOPLE } from '../people.ts';
import { DAY, FIRMIN, HOUR, openPlace, WISH, type Place } from './place.ts';

describe.each(['sqlite', 'postgres'] as const)('looking behind a profile on %s', (engine) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace(engine, { ALUCO_CONNECTION_MONTHS: '6' });
  });
  afterAll(() => place.close());
  beforeEach(() => {
    place.clock.time += DAY;
  });

  const unsealings = () => place.house.parts.register.unsealings;
  const ask = (more: Partial<typeof WISH> = {}, profile = place.hulotte.id) =>
    unsealings().ask(place.odile.id, profile, { ...WISH, ...more });
  /** What was written since the entry `from`, the oldest first. */
  async function written(from: number): Promise<RegisterContent[]> {
    const entries = await place.house.parts.register.latest(undefined, 100);
    return entries
      .filter(({ number }) => number > from)
      .toReversed()
      .map(({ content }) => content);
  }
  const headNow = async (): Promise<number> => (await place.house.parts.register.head()).number;
  async function agreed(more: Partial<typeof WISH> = {}): Promise<string> {
    const id = await ask(more);
    await unsealings().confirm(place.firmin.id, id);
    return id;
  }

  test('one asks, another agrees, and the two see what was asked for, each look written down', async () => {
    const from = await headNow();
    const id = await ask({ wanted: ['login', 'here'] });
    expect(await refusalOf(unsealings().show(place.odile.id, id))).toBe('unsealing_gone');
    await unsealings().confirm(place.firmin.id, id);
    const here = [{ application: 'Lake', name: 'noctua', status: 'active' }];
    expect(await unsealings().show(place.odile.id, id)).toEqual({ login: 'alix', here });
    expect(await unsealings().show(place.firmin.id, id)).toEqual({ login: 'alix', here });
    const entries = await written(from);
    expect(entries.map(({ kind }) => kind)).toEqual([
      'unsealing_asked',
      'unsealing_confirmed',
      'unsealing_shown',
      'unsealing_shown',
    ]);
    expect(entries[0]).toMatchObject({
      by: 'odile',
      application: 'Lake',
      profile: 'hulotte',
      wanted: ['login', 'here'],
      reference: WISH.reference,
      reason: WISH.reason,
    });
    expect(entries.slice(1).map((content) => 'by' in content && content.by)).toEqual(['firmin', 'odile', 'firmin']);
    // What was seen does not stand in it.
    expect(JSON.stringify(entries)).not.toMatch(/alix|noctua/u);
  });

  test('nothing is shown but what was asked for', async () => {
    const address = PEOPLE.alix.mailbox;
    const { accounts } = place.house.parts;
    await accounts.recordConnection(place.alix.id, '192.0.2.17');
    await accounts.recordConnection(place.bruno.id, '198.51.100.4');
    const today = new Date(place.clock.time).toISOString().slice(0, 10);
    const yesterday = new Date(place.clock.time - DAY).toISOString().slice(0, 10);
    const everywhere = [
      { application: 'Lake', name: 'hulotte', status: 'active' },
      { application: 'Lake', name: 'noctua', status: 'active' },
      { application: 'Meadow', name: 'meadowlark', status: 'active' },
    ];
    for (const [more, seen] of [
      [{ wanted: ['login'] }, { login: 'alix' }],
      [{ wanted: ['mailbox'] }, { mailbox: { address, verified: true } }],
      [{ wanted: ['here'] }, { here: [everywhere[1]] }],
      [{ wanted: ['everywhere'] }, { everywhere }],
      [
        { wanted: ['connections'], from: today, to: today },
        { connections: [{ at: place.clock.time, address: '192.0.2.17' }] },
      ],
      [{ wanted: ['connections'], from: yesterday, to: yesterday }, { connections: [] }],
    ] as const) {
      expect(await unsealings().show(place.odile.id, await agreed(more))).toEqual(seen);
    }
  });

  test('it is what is there at that moment, and for 24 hours only', async () => {
    const id = await agreed({ wanted: ['here'] });
    const { profiles } = place.house.parts;
    const strix = await profiles.create(place.alix.id, place.lake, { name: `strix_${engine}`, note: '' });
    const names = (await unsealings().show(place.odile.id, id)).here?.map(({ name }) => name);
    expect(names).toEqual(['noctua', strix.name]);
    await profiles.retire(place.alix.id, strix.id);
    place.clock.time += DAY;
    expect(await refusalOf(unsealings().show(place.odile.id, id))).toBe('unsealing_gone');
  });

  test('one alone sees nothing: nobody confirms their own wish, and nobody else opens what two agreed on', async () => {
    const id = await ask();
    expect(await refusalOf(unsealings().confirm(place.odile.id, id))).toBe('unsealing_own');
    expect(await refusalOf(unsealings().confirm(place.maud.id, id))).toBe('forbidden');
    await unsealings().confirm(place.firmin.id, id);
    expect(await refusalOf(unsealings().confirm(place.firmin.id, id))).toBe('unsealing_gone');
    for (const other of [place.maud.id, place.alix.id, 'nobody'])
      expect(await refusalOf(unsealings().show(other, id))).toBe('unsealing_gone');
    expect(await refusalOf(unsealings().ask(place.maud.id, place.hulotte.id, WISH))).toBe('forbidden');
  });

  test('a third administrator, who may run everything else, does not see it', async () => {
    const third = await place.house.parts.accounts.add({
      loginName: `third-${engine}`,
      password: 'an anvil in the snow',
      language: 'en',
      administrator: true,
    });
    const id = await agreed();
    expect(await refusalOf(unsealings().show(third.id, id))).toBe('unsealing_gone');
  });

  test('it is declined, or taken back, and nothing of it can be confirmed afterwards', async () => {
    const from = await headNow();
    const declined = await ask();
    expect(await refusalOf(unsealings().decline(place.firmin.id, declined, ' '))).toBe('words_too_few min=1');
    await unsealings().decline(place.firmin.id, declined, 'No judge signed this.');
    expect(await refusalOf(unsealings().confirm(place.firmin.id, declined))).toBe('unsealing_gone');
    const withdrawn = await ask();
    await unsealings().decline(place.odile.id, withdrawn, '');
    expect(await refusalOf(unsealings().confirm(place.firmin.id, withdrawn))).toBe('unsealing_gone');
    expect(await unsealings().list()).toEqual([]);
    const entries = await written(from);
    expect(entries.map(({ kind }) => kind)).toEqual([
      'unsealing_asked',
      'unsealing_declined',
      'unsealing_asked',
      'unsealing_withdrawn',
    ]);
    expect(entries[1]).toMatchObject({ by: 'firmin', words: 'No judge signed this.', request: from + 1 });
  });

  test('it lapses after seven days, and the register says so once, whoever looks', async () => {
    const id = await ask();
    const from = await headNow();
    place.clock.time += 7 * DAY - HOUR;
    await unsealings().sweep();
    expect(await unsealings().find(id)).toMatchObject({ profile: 'hulotte', status: 'asked' });
    place.clock.time += HOUR;
    expect(await refusalOf(unsealings().confirm(place.firmin.id, id))).toBe('unsealing_gone');
    await Promise.all([unsealings().sweep(), unsealings().sweep()]);
    expect(await written(from)).toMatchObject([{ kind: 'unsealing_lapsed', request: from }]);
  });

  test('of two who confirm and decline at once one wins, and the register tells one story', async () => {
    const id = await ask();
    const from = await headNow();
    const outcomes = await Promise.all([
      refusalOf(unsealings().confirm(place.firmin.id, id)),
      refusalOf(unsealings().decline(place.firmin.id, id, 'Rather not.')),
    ]);
    expect(outcomes.toSorted()).toEqual(['fine', 'unsealing_gone']);
    expect(await written(from)).toHaveLength(1);
    expect((await place.house.parts.register.verify()).faults).toEqual([]);
  });

  test('who is dismissed or suspended in between neither confirms nor sees, nor does the other see alone', async () => {
    const { accounts } = place.house.parts;
    const id = await agreed();
    await accounts.suspend(place.firmin.id);
    expect(await refusalOf(unsealings().show(place.firmin.id, id))).toBe('forbidden');
    expect(await refusalOf(unsealings().show(place.odile.id, id))).toBe('unsealing_alone');
    await accounts.reinstate(place.firmin.id);
    expect(await refusalOf(unsealings().show(place.odile.id, id))).toBe('fine');

    const asked = await ask();
    await accounts.setRole(place.odile.id, 'person', place.firmin.id);
    expect(await refusalOf(unsealings().confirm(place.firmin.id, asked))).toBe('unsealing_alone');
    await accounts.setRole(place.odile.id, 'administrator', place.firmin.id);
  });

  test('an account that was made an administrator’s, or given a password, by a colleague lately takes no part', async () => {
    const { accounts, register } = place.house.parts;
    place.clock.time += 2 * DAY;
    const second = await accounts.add({
      loginName: `second-${engine}`,
      password: 'the mole digs at dawn',
      language: 'en',
      mailbox: `second-${engine}@home.example`,
    });
    await accounts.setRole(second.id, 'administrator', place.odile.id);
    const id = await ask();
    expect(await refusalOf(unsealings().confirm(second.id, id))).toBe('administrator_new');
    expect(await refusalOf(unsealings().ask(second.id, place.hulotte.id, WISH))).toBe('administrator_new');
    place.clock.time += 2 * DAY;
    // What was asked before they were here for a day is not theirs to confirm later either.
    expect(await refusalOf(unsealings().confirm(second.id, id))).toBe('administrator_new');
    const later = await ask();
    await unsealings().confirm(second.id, later);
    // The register says who made them one.
    expect((await register.latest(undefined, 1))[0]?.content).toMatchObject({
      kind: 'unsealing_confirmed',
      by: second.loginName,
      appointedBy: 'odile',
    });
    const { token } = await accounts.passwordLinks.make(second.id, { by: place.odile.id, atOnce: true });
    await accounts.passwordLinks.use(token, 'the mole digs at dusk');
    const last = await ask();
    expect(await refusalOf(unsealings().confirm(second.id, last))).toBe('administrator_new');
    await accounts.setRole(second.id, 'person', place.odile.id);
  });

  test('an administrator who was just made one is not forgotten to be new, however much is written about them since', async () => {
    const { accounts } = place.house.parts;
    const late = await accounts.add({
      ...FIRMIN,
      loginName: 'late',
      mailbox: 'late@home.example',
      mailboxVerified: true,
      language: 'en',
      administrator: false,
    });
    // The last entries are those of the later day, and no more than 500 are read.
    place.clock.time = Math.floor(place.clock.time / DAY) * DAY + 23 * HOUR;
    await accounts.setRole(late.id, 'administrator', place.odile.id);
    place.clock.time += 2 * HOUR;
    const { storage } = place.house.parts;
    await storage.write(async (tx) => {
      for (let index = 0; index < 520; index += 1)
        await accounts.log.add(tx, late.id, { kind: 'sessions_ended_for', by: place.odile.id });
    });
    const id = await ask();
    expect(await refusalOf(unsealings().confirm(late.id, id))).toBe('administrator_new');
    await accounts.setRole(late.id, 'person', place.odile.id);
  });

  test('nobody looks behind a profile of their own, nor agrees to', async () => {
    const { profiles } = place.house.parts;
    const own = await profiles.create(place.odile.id, place.lake, { name: `own_${engine}`, note: '' });
    expect(await refusalOf(unsealings().ask(place.odile.id, own.id, WISH))).toBe('own_profile');
    const id = await unsealings().ask(place.firmin.id, own.id, WISH);
    expect(await refusalOf(unsealings().confirm(place.odile.id, id))).toBe('own_profile');
    expect(await refusalOf(ask({}, 'nobody'))).toBe('profile_unavailable');
  });

  test('what is asked for must be named, with a reference, a reason and days', async () => {
    const fields = async (more: Partial<typeof WISH>): Promise<string[]> => {
      try {
        await ask(more);
        return [];
      } catch (error) {
        return (error as { fields: { field: string; code: string }[] }).fields.map(
          ({ field, code }) => `${field} ${code}`,
        );
      }
    };
    expect(await fields({ wanted: ['password'], reference: '', reason: 'why', telling: 'perhaps' })).toEqual([
      'wanted choice_required',
      'telling choice_required',
      'reference words_too_few',
      'reason words_too_few',
    ]);
    expect(await fields({ wanted: ['connections'], from: '2026-02-31', to: '' })).toEqual([
      'from day_invalid',
      'to day_invalid',
    ]);
    expect(await fields({ wanted: ['connections'], from: '2026-03-02', to: '2026-03-01' })).toEqual(['to days_turned']);
    expect(await fields({ telling: 'later', tellDay: '2026-01-01' })).toEqual(['tellDay tell_day_invalid']);
  });

  test('all administrators get a letter at each step, with the end of the register', async () => {
    const { register } = place.house.parts;
    const id = await ask();
    const { hash, number } = await register.head();
    await unsealings().decline(place.firmin.id, id, 'No.');
    for (const mailbox of [PEOPLE.odile.mailbox, FIRMIN.mailbox]) {
      const told = (await place.lettersTo(mailbox)).filter(({ text }) => text.includes(`${number}:${hash}`));
      expect(told).toHaveLength(1);
      expect(told[0]?.text).toContain('odile asks to look behind a profile');
      expect(told[0]?.text).not.toMatch(/hulotte|alix/u);
    }
    expect(await place.lettersTo(PEOPLE.maud.mailbox)).toEqual([]);
  });
});

describe.each(['sqlite', 'postgres'] as const)('telling the person on %s', (engine) => {
  let place: Place;
  beforeEach(async () => {
    place = await openPlace(engine, { ALUCO_UNSEALING_NOTICE_DAYS: '10' });
    return () => place.close();
  });

  const unsealings = () => place.house.parts.register.unsealings;
  const kinds = async (): Promise<string[]> =>
    (await place.house.parts.register.latest(undefined, 100)).map(({ content }) => content.kind);
  const timeline = async () =>
    (await place.house.parts.accounts.timeline.list(place.alix.id)).filter(({ kind }) => kind === 'unsealed');
  async function look(more: Partial<typeof WISH> = {}): Promise<void> {
    const id = await unsealings().ask(place.odile.id, place.hulotte.id, { ...WISH, ...more });
    await unsealings().confirm(place.firmin.id, id);
    await unsealings().show(place.odile.id, id);
  }
  const lettersToAlix = async () =>
    (await place.lettersTo(PEOPLE.alix.mailbox)).filter(({ subject }) => subject.includes('behind'));

  test('after the usual delay, once, by letter and in their timeline, and the register says so', async () => {
    await look({ wanted: ['login', 'here'] });
    place.clock.time += 9 * DAY;
    await place.runErrands();
    await unsealings().sweep();
    expect(await timeline()).toEqual([]);
    place.clock.time += DAY + HOUR;
    await Promise.all([place.runErrands(), place.runErrands()]);
    expect(await timeline()).toMatchObject([
      { detail: { profile: 'hulotte', application: 'Lake', reference: WISH.reference, day: '2026-11-05' } },
    ]);
    const letters = await lettersToAlix();
    expect(letters).toHaveLength(1);
    expect(letters[0]?.text).toMatch(/your profile hulotte at Lake[\s\S]*login name[\s\S]*other profiles/u);
    expect(letters[0]?.text).not.toMatch(/your address\.|noctua|odile|firmin/u);
    expect((await kinds()).filter((kind) => kind === 'unsealing_told')).toHaveLength(1);
    expect(await lettersToAlix()).toHaveLength(1);
  });

  test('on a later day where that is asked for', async () => {
    await look({ telling: 'later', tellDay: '2027-01-15' });
    place.clock.time = Date.UTC(2027, 0, 14, 22);
    await place.runErrands();
    expect(await timeline()).toEqual([]);
    place.clock.time = Date.UTC(2027, 0, 15, 2);
    await place.runErrands();
    expect(await timeline()).toHaveLength(1);
  });

  test('not at all where the law forbids it, which the register holds', async () => {
    await look({ telling: 'never' });
    place.clock.time += 400 * DAY;
    await place.runErrands();
    await unsealings().sweep();
    expect([await timeline(), await lettersToAlix()]).toEqual([[], []]);
    const asked = (await place.house.parts.register.find(1))?.content;
    expect(asked).toMatchObject({ kind: 'unsealing_asked', telling: 'never' });
    expect(await place.house.parts.storage.read.select().from(place.house.parts.storage.tables.unsealing)).toEqual([]);
  });

  test('not where nobody looked in the end, nor where nothing leads to them any more', async () => {
    const id = await unsealings().ask(place.odile.id, place.hulotte.id, WISH);
    await unsealings().confirm(place.firmin.id, id);
    place.clock.time += 11 * DAY;
    await place.runErrands();
    expect(await timeline()).toEqual([]);
    expect((await place.house.parts.register.latest(undefined, 1))[0]?.content).toMatchObject({
      kind: 'unsealing_untold',
      why: 'never_shown',
    });
  });

  test('whose the profile was is not forgotten before they are told', async () => {
    const { profiles, register, storage } = place.house.parts;
    await look({ telling: 'later', tellDay: '2027-06-01' });
    const isHeld = () => storage.write((tx) => register.isHeld(tx, place.hulotte.id));
    await profiles.retire(place.alix.id, place.hulotte.id);
    place.clock.time += 70 * DAY;
    await profiles.sweep();
    await profiles.sweep();
    expect(await isHeld()).toBe(true);
    expect(await profiles.isOwned(place.hulotte.id)).toBe(true);
    place.clock.time = Date.UTC(2027, 5, 1, 12);
    await place.runErrands();
    expect(await timeline()).toHaveLength(1);
    expect(await isHeld()).toBe(false);
    await profiles.sweep();
    expect(await profiles.isOwned(place.hulotte.id)).toBe(false);
  });
});
