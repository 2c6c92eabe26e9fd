import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rulesOf, type Application } from '../../src/applications/applications.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { problemsOn, wordsOf } from './desk.ts';

describe("Maud at the rules of her application's profiles", () => {
  let house: House;
  let meadow: Application;
  let pond: Application;
  let alixId: string;
  let maudId: string;
  const visitors = new Map<PersonName, Visitor>();
  const url = (application: Application): string => `${house.url}/moderation/${application.id}/rules`;
  const as = (name: PersonName): Visitor => {
    const visitor = visitors.get(name);
    if (visitor === undefined) throw new Error(`${name} is not there`);
    return visitor;
  };

  beforeAll(async () => {
    house = await openHouse();
    alixId = (await addPerson(house.parts, 'alix')).id;
    for (const name of ['odile', 'maud', 'bruno'] as const) {
      const { id } = await addPerson(house.parts, name);
      if (name === 'maud') maudId = id;
      const visitor = makeVisitor();
      const { loginName: login, password } = PEOPLE[name];
      await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
      visitors.set(name, visitor);
    }
    pond = await addApplication(house.parts, 'Pond', 'https://pond.example');
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    meadow = await addApplication(house.parts, 'Meadow', 'https://meadow.example', { quota: 5 });
    await house.parts.moderation.moderators.appoint(meadow.id, maudId);
  });

  const now = async () => rulesOf(await house.parts.applications.get(meadow.id));
  const propose = async (fields: Record<string, string>, visitor = as('maud')): Promise<Page> =>
    visitor.submit(await visitor.get(url(meadow)), '/rules', fields);

  test('she reads what a change will mean before she makes it, and nothing has changed by then', async () => {
    await house.parts.profiles.create(alixId, meadow, { name: 'heron', note: '' });
    const asked = await propose({ policy: 'further-approved', quota: '2', reserved: 'choir' });
    const words = wordsOf(asked);
    for (const said of ['has another profile here', '2 profiles or more gets no new one', '1 more name is kept'])
      expect(words).toContain(said);
    expect(words).toContain('Nothing that exists is taken away');
    expect(await now()).toEqual(rulesOf(meadow));
    const done = await as('maud').submit(asked, '/rules', {});
    expect(done.url.searchParams.get('notice')).toBe('saved');
    expect(await now()).toEqual({ policy: 'further-approved', quota: 2, reserved: ['choir'] });
    expect(await house.parts.profiles.at(alixId, meadow)).toMatchObject({ used: 1, profiles: [{ name: 'heron' }] });
  });

  test('she is told that an account name is shown, and what becomes of requests that wait', async () => {
    await propose({ policy: 'approved' }).then((asked) => as('maud').submit(asked, '/rules', {}));
    const approved = await house.parts.applications.get(meadow.id);
    const { id } = await house.parts.profiles.request(alixId, approved, {
      name: 'heron',
      note: '',
      words: '',
      urgent: false,
    });
    const words = wordsOf(await propose({ policy: 'account-name' }));
    expect(words).toContain('The login name will be shown');
    expect(words).toContain('1 request is there. It stays');
    await house.parts.profiles.withdraw(alixId, id);
    expect(wordsOf(await propose({ policy: 'closed' }))).not.toContain('request is there');
  });

  test('what another moderator changed meanwhile is not taken back by her confirmation', async () => {
    const asked = await propose({ policy: 'closed', quota: '5' });
    const other = await propose({ policy: 'open', quota: '7' }, as('odile'));
    await as('odile').submit(other, '/rules', {});
    const refused = await as('maud').submit(asked, '/rules', {});
    expect(refused.status).toBe(422);
    expect(Object.values(problemsOn(refused))).toEqual([expect.stringContaining('changed meanwhile')]);
    expect(await now()).toMatchObject({ policy: 'open', quota: 7 });
    // What she typed is still there, and holds when she sends it again.
    const again = await as('maud').submit(refused, '/rules', {});
    await as('maud').submit(again, '/rules', {});
    expect(await now()).toMatchObject({ policy: 'closed', quota: 5 });
  });

  test('a number is a whole one from 0 to 100', async () => {
    for (const quota of ['-1', '101', '1.5', '', 'many', '1e2', ' 0x5']) {
      const refused = await propose({ quota });
      expect(refused.status, quota).toBe(422);
      expect(Object.keys(problemsOn(refused)), quota).toEqual(['#quota']);
    }
    for (const quota of ['0', '100']) {
      await as('maud').submit(await propose({ quota }), '/rules', {});
      expect(await now()).toMatchObject({ quota: Number(quota) });
    }
  });

  test('rules that an administrator keeps are hers to read and not to change', async () => {
    const page = await as('maud').get(url(meadow));
    const asked = await propose({ policy: 'closed' });
    await house.parts.applications.change(meadow.id, { ...meadow, rulesLocked: true });
    for (const [from, fields] of [
      [page, { policy: 'closed' }],
      [asked, {}],
    ] as const) {
      expect((await as('maud').submit(from, '/rules', fields)).status).toBe(403);
    }
    expect(await now()).toEqual(rulesOf(meadow));
    const shown = await as('maud').get(url(meadow));
    expect(wordsOf(shown)).toContain('The administrators keep these rules to themselves');
    expect(wordsOf(shown)).toContain('Everyone creates their own');
    expect(shown.document.querySelector('input[name=policy]')).toBeNull();
    // Odile may.
    await as('odile').submit(await propose({ policy: 'closed' }, as('odile')), '/rules', {});
    expect(await now()).toMatchObject({ policy: 'closed' });
  });

  test('A91: nobody else reads or changes them, and of another application she neither', async () => {
    expect((await as('bruno').get(url(meadow))).status).toBe(403);
    expect((await as('maud').get(url(pond))).status).toBe(403);
    const asked = await propose({ policy: 'closed' });
    const csrf = asked.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const fields = { csrf, policy: 'closed', quota: '1', reserved: '', confirm: 'yes' };
    expect((await as('maud').post(url(pond), fields)).status).toBe(403);
    expect(await house.parts.applications.get(pond.id)).toEqual(pond);
    // A moderator whose role has ended while the page was open.
    await house.parts.moderation.moderators.dismiss(meadow.id, maudId);
    expect((await as('maud').submit(asked, '/rules', {})).status).toBe(403);
    expect(await now()).toEqual(rulesOf(meadow));
  });

  test('A91: a form changes the three and nothing else of an application', async () => {
    const asked = await propose({ policy: 'closed', quota: '1' });
    const more = { entry: 'nobody', name: 'Mine', homeUrl: 'https://evil.example', rulesLocked: 'on', subject: 'name' };
    await as('maud').submit(asked, '/rules', more);
    expect(await house.parts.applications.get(meadow.id)).toEqual({ ...meadow, policy: 'closed', quota: 1 });
  });

  test('an administrator sets all of it, and leaves what moderators changed meanwhile', async () => {
    const page = await as('odile').get(`${house.url}/admin/applications/${meadow.id}`);
    expect(page.document.querySelectorAll('input[name=policy]')).toHaveLength(6);
    await as('maud').submit(await propose({ policy: 'approved', quota: '9' }), '/rules', {});
    const late = await as('odile').submit(page, `/admin/applications/${meadow.id}`, { quota: '3' });
    expect(late.status).toBe(422);
    expect(await now()).toMatchObject({ policy: 'approved', quota: 9 });

    const fresh = await as('odile').get(`${house.url}/admin/applications/${meadow.id}`);
    const wrong = await as('odile').submit(fresh, `/admin/applications/${meadow.id}`, { overdueDays: '91' });
    expect(Object.keys(problemsOn(wrong))).toEqual(['#overdueDays']);
    await as('odile').submit(fresh, `/admin/applications/${meadow.id}`, {
      policy: 'invited',
      quota: '100',
      rulesLocked: 'on',
      urgentAtOnce: 'on',
      overdueDays: '3',
      oldNamesCount: '',
      oldNamesAddress: 'on',
    });
    expect(await house.parts.applications.get(meadow.id)).toMatchObject({
      policy: 'invited',
      quota: 100,
      rulesLocked: true,
      moderation: { urgentAtOnce: true, overdueDays: 3 },
      oldNames: { count: false, sendAddress: true },
    });
    // A page that is saved as it was shown changes nothing.
    const shown = await as('odile').get(`${house.url}/admin/applications/${meadow.id}`);
    await as('odile').submit(shown, `/admin/applications/${meadow.id}`, {});
    expect((await house.parts.applications.get(meadow.id)).oldNames).toEqual({ count: false, sendAddress: true });
  });
});
