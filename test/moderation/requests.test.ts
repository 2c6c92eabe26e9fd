import { beforeEach, describe, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { dayOf } from '../../src/days.ts';
import { refusalOf } from '../accounts/house.ts';
import { PEOPLE } from '../people.ts';
import { APPROVE, atBothDesks, DAY, many, REFUSE } from './desk.ts';

atBothDesks('requests for profiles', (desk) => {
  let meadow: Application;
  beforeEach(async () => {
    meadow = await desk().open();
    await desk().letters();
  });
  const stands = async (id: string): Promise<string | undefined> => (await desk().parts.profiles.find(id))?.status;
  const lastEvent = async (accountId: string) => (await desk().parts.accounts.timeline.list(accountId))[0];

  test('wait with the urgent ones first, then by day, then by name, whoever asks and in whatever order', async () => {
    const { ask, names, clock, people } = desk();
    const alix = people.alix.id;
    await ask(meadow, 'wren', { by: alix });
    await ask(meadow, 'heron');
    clock.time += DAY;
    await ask(meadow, 'zaunkoenig', { urgent: true });
    await ask(meadow, 'curlew');
    await ask(meadow, 'avocet', { by: alix });
    expect(await names(meadow)).toEqual(['zaunkoenig', 'heron', 'wren', 'avocet', 'curlew']);
  });

  test('come fifty at a time, and those of other applications not at all', async () => {
    const { ask, requests, maud } = desk();
    await ask(await desk().open({}, 'Wiki'), 'heron');
    for (const name of many(51, 'bird')) await ask(meadow, name);
    const [first, second] = [await requests.list(maud, meadow.id, 1), await requests.list(maud, meadow.id, 2)];
    expect([first.requests.length, first.total, second.requests.length, second.total]).toEqual([50, 51, 1, 51]);
    expect([...first.requests, ...second.requests].map(({ name }) => name)).toEqual(many(51, 'bird'));
  });

  test('are approved: a letter leads to the profile, and the log knows by whom', async () => {
    const { ask, requests, maud, people, letters, parts, house } = desk();
    const { id } = await ask(meadow, 'heron', { by: people.alix.id });
    expect(await requests.decide(maud, meadow, [id], APPROVE)).toEqual({ done: 1, gone: [], own: 0 });
    expect(await stands(id)).toBe('active');
    const [letter, ...others] = await letters();
    expect([letter?.to, letter?.links[0], others]).toEqual([PEOPLE.alix.mailbox, `${house.url}/profiles/${id}`, []]);
    expect(letter?.text).not.toContain(PEOPLE.maud.loginName);
    const detail = { application: 'Meadow', profile: 'heron' };
    expect(await lastEvent(people.alix.id)).toMatchObject({ kind: 'request_approved', detail });
    expect((await parts.moderation.log.of(id)).map(({ kind, by }) => [kind, by])).toEqual([
      ['requested', undefined],
      ['approved', people.maud.id],
    ]);
  });

  test('are refused with a reason, in the language of whoever asked, and nothing is left but that', async () => {
    const { ask, requests, maud, people, letters, parts } = desk();
    const { bruno } = people;
    await parts.accounts.setLanguage(bruno.id, 'fr');
    const { id } = await ask(meadow, 'heron', { by: bruno.id });
    const verdict = { kind: 'refuse', reason: 'name', words: ' Choose a bird\r\nof the coast. ' } as const;
    expect(await requests.decide(maud, meadow, [id], verdict)).toMatchObject({ done: 1 });
    expect([await stands(id), await parts.profiles.requestOf(id)]).toEqual([undefined, undefined]);
    const [letter] = await letters();
    expect(letter?.text).toContain('> Nom qui ne convient pas');
    expect(letter?.text).toContain('> Choose a bird\n> of the coast.');
    const reason = 'Nom qui ne convient pas';
    expect(await lastEvent(bruno.id)).toMatchObject({ kind: 'request_refused', detail: { profile: 'heron', reason } });
    expect((await parts.moderation.log.of(id)).at(-1)).toMatchObject({
      kind: 'refused',
      by: people.maud.id,
      reason: { en: 'Unsuitable name' },
      words: 'Choose a bird\nof the coast.',
    });
    // Its name is free again.
    expect(await refusalOf(ask(meadow, 'heron'))).toBe('fine');
  });

  test('are refused for a reason of the list alone, and in words that fit a letter', async () => {
    const { ask, requests, maud } = desk();
    const { id } = await ask(meadow, 'heron');
    for (const [more, code] of [
      [{ reason: '' }, 'reason_unknown'],
      [{ reason: 'weather' }, 'reason_unknown'],
      [{ words: 'x'.repeat(501) }, 'words_too_many max=500'],
    ] as const) {
      expect(await refusalOf(requests.decide(maud, meadow, [id], { ...REFUSE, ...more }))).toBe(code);
    }
    expect(await stands(id)).toBe('requested');
  });

  test('are decided without a letter where nobody has proven a mailbox', async () => {
    const { ask, requests, maud, parts, letters } = desk();
    const silent = await parts.accounts.add({
      loginName: `silent${desk().house.parts.storage.engine}`,
      password: 'no mailbox to speak of',
      mailbox: 'silent@home.example',
      language: 'fr',
    });
    const { id } = await ask(meadow, 'heron', { by: silent.id });
    expect(await requests.decide(maud, meadow, [id], APPROVE)).toMatchObject({ done: 1 });
    expect(await letters()).toEqual([]);
    expect(await lastEvent(silent.id)).toMatchObject({ kind: 'request_approved' });
  });

  test('are asked about: the question goes by mail, the answer stands in the queue', async () => {
    const { ask, requests, maud, people, letters, parts, house } = desk();
    const alix = people.alix.id;
    const { id } = await ask(meadow, 'heron', { by: alix });
    await requests.ask(maud, meadow, id, 'Which nets?');
    const [letter] = await letters();
    expect([letter?.to, letter?.links[0]]).toEqual([PEOPLE.alix.mailbox, `${house.url}/profiles/${id}`]);
    expect(letter?.text).toContain('> Which nets?');
    expect(await requests.find(maud, meadow.id, id)).toMatchObject({ status: 'asked', question: 'Which nets?' });
    await parts.profiles.answer(alix, id, 'Herring nets.');
    const answered = { status: 'waiting', question: 'Which nets?', answer: 'Herring nets.' };
    expect(await requests.find(maud, meadow.id, id)).toMatchObject(answered);
    await requests.decide(maud, meadow, [id], APPROVE);
    expect(await refusalOf(requests.ask(maud, meadow, id, 'And which boats?'))).toBe('request_gone');
    expect(await refusalOf(requests.ask(maud, meadow, id, ' '))).toBe('words_too_few min=1');
  });

  test('forty at once, twenty-five of them spam, take two decisions', async () => {
    const { ask, requests, maud, names } = desk();
    const [spam, honest] = [many(25, 'cheap'), many(15, 'bird')];
    const ids = new Map<string, string>();
    for (const name of [...spam, ...honest]) ids.set(name, (await ask(meadow, name)).id);
    const some = (wanted: string[]): string[] => wanted.map((name) => ids.get(name) ?? '');
    expect(await requests.decide(maud, meadow, some(spam), REFUSE)).toEqual({ done: 25, gone: [], own: 0 });
    expect(await names(meadow)).toEqual(honest);
    expect(await requests.decide(maud, meadow, some(honest), APPROVE)).toEqual({ done: 15, gone: [], own: 0 });
    expect(await names(meadow)).toEqual([]);
    // Asked for once more from a page that stood open: what had become of each is told, by name.
    const late = await requests.decide(maud, meadow, some([...honest, ...spam]), REFUSE);
    const became = (name: string, what: string) => ({ name, became: what });
    expect(late.done).toBe(0);
    expect(late.gone).toEqual([
      ...honest.map((name) => became(name, 'approved')),
      ...spam.map((name) => became(name, 'refused')),
    ]);
  });

  describe('of several who are faster', () => {
    test('one moderator decides, and the other reads what was decided', async () => {
      const { ask, requests, maud, noé, people } = desk();
      for (const [index, name] of many(8, 'race').entries()) {
        // Alix is told twice; she may be refused no oftener than three times.
        const { id } = await ask(meadow, name, index < 2 ? { by: people.alix.id } : {});
        const [yes, no] = await Promise.all([
          requests.decide(maud, meadow, [id], APPROVE),
          requests.decide(noé, meadow, [id], REFUSE),
        ]);
        expect(yes.done + no.done).toBe(1);
        const [became, status] = yes.done === 1 ? ['approved', 'active'] : ['refused', undefined];
        expect((yes.done === 1 ? no : yes).gone).toEqual([{ name, became }]);
        expect(await stands(id)).toBe(status);
      }
    });

    test('whoever asked takes it back, or the moderator decides', async () => {
      const { ask, requests, maud, parts } = desk();
      for (const [index, name] of many(8, 'back').entries()) {
        const by = `${'a'.repeat(21)}${index}`;
        const { id } = await ask(meadow, name, { by });
        const withdraw = refusalOf(parts.profiles.withdraw(by, id));
        const [decided, withdrawn] = await Promise.all([requests.decide(maud, meadow, [id], APPROVE), withdraw]);
        if (decided.done === 1) {
          expect([withdrawn, await stands(id)]).toEqual(['request_gone', 'active']);
        } else {
          expect([withdrawn, await stands(id)]).toEqual(['fine', undefined]);
          expect(decided.gone).toEqual([{ name, became: 'withdrawn' }]);
        }
      }
    });
  });

  test('of a moderator are decided by somebody else', async () => {
    const { ask, requests, maud, noé, people, parts } = desk();
    const own = await ask(meadow, 'heron', { by: people.maud.id });
    const other = await ask(meadow, 'wren');
    for (const verdict of [APPROVE, REFUSE]) {
      expect(await refusalOf(requests.decide(maud, meadow, [own.id], verdict))).toBe('own_profile');
    }
    expect(await refusalOf(requests.ask(maud, meadow, own.id, 'Is it me?'))).toBe('own_profile');
    expect(await requests.decide(maud, meadow, [own.id, other.id], APPROVE)).toEqual({ done: 1, gone: [], own: 1 });
    expect([await stands(own.id), await stands(other.id)]).toEqual(['requested', 'active']);
    // It looks like any other, to her too.
    const [seen] = (await requests.list(maud, meadow.id, 1)).requests;
    expect(seen).toEqual((await requests.list(noé, meadow.id, 1)).requests[0]);
    expect(await requests.decide(noé, meadow, [own.id], APPROVE)).toMatchObject({ done: 1 });
    expect((await parts.moderation.log.of(own.id)).at(-1)).toMatchObject({ by: people.noé.id });
  });

  test('A91: are nobody’s to read or decide but its moderators’ and the administrators’, at this moment', async () => {
    const { ask, requests, maud, odile, people, parts, open } = desk();
    const elsewhere = await open({}, 'Wiki');
    const { id } = await ask(meadow, 'heron');
    const bruno = { accountId: people.bruno.id, administrator: false };
    // Whoever says of themselves that they administer is asked again.
    for (const actor of [bruno, { ...bruno, administrator: true }]) {
      expect(await refusalOf(requests.decide(actor, meadow, [id], APPROVE))).toBe('forbidden');
      expect(await refusalOf(requests.ask(actor, meadow, id, 'Who?'))).toBe('forbidden');
    }
    expect(await refusalOf(requests.list(bruno, meadow.id, 1))).toBe('forbidden');
    expect(await refusalOf(requests.find(bruno, meadow.id, id))).toBe('forbidden');
    // Of an application that one looks after, what belongs to another one is not there.
    expect(await requests.decide(maud, elsewhere, [id], APPROVE)).toEqual({ done: 0, gone: [], own: 0 });
    expect(await requests.find(maud, elsewhere.id, id)).toBeUndefined();
    await parts.moderation.moderators.dismiss(meadow.id, people.maud.id);
    expect(await refusalOf(requests.decide(maud, meadow, [id], REFUSE))).toBe('forbidden');
    expect(await stands(id)).toBe('requested');
    expect(await requests.decide(odile, meadow, [id], APPROVE)).toMatchObject({ done: 1 });
  });

  test('A74: say nothing of who asks', async () => {
    const { ask, requests, maud, people } = desk();
    const { alix } = people;
    for (const name of ['heron', 'wren']) await ask(meadow, name, { by: alix.id });
    await ask(meadow, 'egret', { by: people.bruno.id });
    const { requests: found } = await requests.list(maud, meadow.id, 1);
    const keys = ['day', 'name', 'profileId', 'status', 'urgent', 'words'];
    for (const request of found) {
      expect(Object.keys(request).toSorted()).toEqual(keys);
      expect(request.day).toMatch(/^\d{4}-\d\d-\d\d$/u);
    }
    const text = JSON.stringify(found);
    for (const told of [alix.id, PEOPLE.alix.mailbox, alix.loginName, people.bruno.id])
      expect(text).not.toContain(told);
  });

  test('given at once are looked at afterwards: they stay, or they end', async () => {
    const { ask, requests, maud, people, letters, parts, open } = desk();
    const quick = await open({ moderation: { urgentAtOnce: true, overdueDays: 7, reasons: [] } }, 'Quick');
    const kept = await ask(quick, 'heron', { by: people.alix.id, urgent: true });
    const ended = await ask(quick, 'wren', { by: people.bruno.id, urgent: true });
    expect(kept.status).toBe('active');
    expect((await requests.list(maud, quick.id, 1)).requests.map(({ status }) => status)).toEqual(['review', 'review']);
    await letters();
    expect(await requests.decide(maud, quick, [kept.id], APPROVE)).toMatchObject({ done: 1 });
    expect(await letters()).toEqual([]);
    expect(await requests.decide(maud, quick, [ended.id], REFUSE)).toMatchObject({ done: 1 });
    expect((await letters()).map(({ to }) => to)).toEqual([PEOPLE.bruno.mailbox]);
    expect([await stands(kept.id), await stands(ended.id)]).toEqual(['active', 'deleted']);
    expect(await parts.profiles.usable(people.bruno.id, ended.id)).toBeUndefined();
    expect(await requests.decide(maud, quick, [kept.id, ended.id], REFUSE)).toMatchObject({
      done: 0,
      gone: [
        { name: 'heron', became: 'reviewed' },
        { name: 'wren', became: 'deleted' },
      ],
    });
    expect(await stands(kept.id)).toBe('active');
  });

  test('take as long as they usually took', async () => {
    const { ask, requests, maud, clock } = desk();
    expect(await requests.usualWait(meadow.id)).toBeUndefined();
    for (const [index, days] of [0, 5, 2].entries()) {
      const { id } = await ask(meadow, `bird${index}`);
      clock.time += days * DAY;
      await requests.decide(maud, meadow, [id], index === 1 ? REFUSE : APPROVE);
    }
    expect(await requests.usualWait(meadow.id)).toBe(2);
    for (let one = 0; one < 15; one += 1) {
      await requests.decide(maud, meadow, [(await ask(meadow, `more${one}`)).id], APPROVE);
    }
    expect(await requests.usualWait(meadow.id)).toBe(0);
  });

  test('are counted for whoever looks after several applications', async () => {
    const { ask, requests, maud, clock, open } = desk();
    const quick = await open({ moderation: { urgentAtOnce: true, overdueDays: 3, reasons: [] } }, 'Quick');
    const nothing = { waiting: 0, urgent: 0, asked: 0, review: 0, oldestDays: undefined, isOverdue: false };
    expect(await requests.queues([meadow, quick])).toEqual([
      { applicationId: meadow.id, ...nothing },
      { applicationId: quick.id, ...nothing },
    ]);
    const first = await ask(meadow, 'heron');
    await ask(meadow, 'wren', { urgent: true });
    await ask(quick, 'egret', { urgent: true });
    await requests.ask(maud, meadow, first.id, 'Which nets?');
    clock.time = Date.parse(dayOf(clock.time)) + 3 * DAY;
    const [here, there] = await requests.queues([meadow, quick]);
    expect(here).toMatchObject({ waiting: 2, urgent: 1, asked: 1, review: 0, oldestDays: 3, isOverdue: false });
    expect(there).toMatchObject({ waiting: 0, review: 1, oldestDays: 3, isOverdue: true });
  });
});
