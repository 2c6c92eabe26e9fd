import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProfileStatus } from '../../src/profiles/profile.ts';
import { begin, openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, type PersonName } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { keepLog } from './logbook.ts';
import { withoutChance } from './sameness.ts';

describe('Alix is asked which profile', () => {
  const { log, lines } = keepLog();
  let house: House;
  let blog: Service;
  let photos: Service;
  let alix: Visitor;
  /** Ids of profiles by what is the matter with them. */
  let ids: Record<'own' | 'stranger' | 'elsewhere' | 'blocked' | 'requested' | 'retired' | 'never', string>;
  const isHome = (url: URL): boolean => blog.isHome(url) || photos.isHome(url);
  beforeAll(async () => {
    house = await openHouse({ log });
    blog = await openService(house, 'Blog', { application: { quota: 10 } });
    photos = await openService(house, 'Photos');
    const accounts = {
      alix: (await addPerson(house.parts, 'alix')).id,
      bruno: (await addPerson(house.parts, 'bruno')).id,
    };
    const make = async (person: PersonName & keyof typeof accounts, service: Service, name: string) =>
      (await house.parts.profiles.create(accounts[person], service.application, { name, note: '' })).id;
    const { profiles, applications, storage } = house.parts;
    const { moderated } = profiles;
    const { id: blogId, ...settings } = blog.application;
    const blocked = await make('alix', blog, 'allyblocked');
    await storage.write((tx) => moderated.block(tx, blocked, { id: 'decision' }));
    const retired = await make('alix', blog, 'allyretired');
    await profiles.retire(accounts.alix, retired);
    await applications.change(blogId, { ...settings, policy: 'approved' });
    const wanted = { name: 'allyrequested', note: '', words: 'please', urgent: false };
    const { id: requested } = await profiles.request(accounts.alix, blog.application, wanted);
    await applications.change(blogId, settings);
    ids = {
      own: await make('alix', blog, 'alice'),
      stranger: await make('bruno', blog, 'bruno'),
      elsewhere: await make('alix', photos, 'charlie'),
      blocked,
      requested,
      retired,
      never: 'AAAAAAAAAAAAAAAAAAAAAA',
    };
    alix = makeVisitor(isHome);
    await signIn(alix, photos, { person: 'alix' });
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
  });

  let page: Page;
  beforeEach(async () => {
    page = await alix.get((await begin(blog, { prompt: 'select_account' })).url);
    lines.length = 0;
  });

  const choose = (profile: string): Promise<Page> => alix.submit(page, '/profile', { profile });

  test('and may answer with her own', async () => {
    const answered = await choose(ids.own);
    expect(blog.isHome(answered.url)).toBe(true);
    expect(answered.url.searchParams.has('code')).toBe(true);
  });

  const WRONG = ['stranger', 'elsewhere', 'blocked', 'requested', 'retired', 'never'] as const;

  test("A23: and gets the same refusal for a stranger's, another application's, a blocked or a pending one", async () => {
    const pages: string[] = [];
    for (const which of WRONG) {
      const refused = await choose(ids[which]);
      expect(refused.status).toBe(404);
      expect(isHome(refused.url)).toBe(false);
      pages.push(withoutChance(refused));
    }
    expect(new Set(pages).size).toBe(1);
    for (const told of ['bruno', 'charlie']) expect(pages[0]).not.toContain(told);
  });

  test('A23: and each refusal stands in the log, the same line, without the profile', async () => {
    for (const which of WRONG) await choose(ids[which]);
    const refusals = lines.filter(({ event }) => event === 'profile_refused');
    expect(refusals).toHaveLength(WRONG.length);
    expect(new Set(refusals.map((line) => JSON.stringify({ ...line, time: '' }))).size).toBe(1);
    const text = JSON.stringify(lines);
    for (const which of WRONG) expect(text).not.toContain(ids[which]);
  });

  test('A23: and a refusal leaves her where she was', async () => {
    for (const which of WRONG) await choose(ids[which]);
    const still = await alix.get(page.url);
    expect(withoutChance(still)).toBe(withoutChance(page));
    const answered = await choose(ids.own);
    expect(answered.url.searchParams.has('code')).toBe(true);
  });

  test('A23: and a profile that is blocked after the page was shown is refused as well', async () => {
    const { profile } = house.parts.storage.tables;
    const block = (status: ProfileStatus) =>
      house.parts.storage.write(
        async (tx) => void (await tx.update(profile).set({ status }).where(eq(profile.id, ids.own))),
      );
    await block('blocked');
    try {
      expect((await choose(ids.own)).status).toBe(404);
    } finally {
      await block('active');
    }
  });

  test('A23: and several at once, or none, are no choice', async () => {
    for (const profile of [[ids.own, ids.stranger], [ids.stranger, ids.own], [], ['']]) {
      const refused = await alix.submit(page, '/profile', { profile });
      expect(refused.status).toBe(404);
      expect(isHome(refused.url)).toBe(false);
    }
  });

  test("A23: and at home finds no page of a stranger's profile, as of one that never was", async () => {
    const bodies = new Set<string>();
    for (const id of [ids.stranger, ids.never]) {
      const shown = await alix.get(`${house.url}/profiles/${id}`);
      expect(shown.status).toBe(404);
      bodies.add(shown.text.replaceAll(id, 'ID'));
      const csrf = (await alix.get(`${house.url}/account`)).document.querySelector('input[name=csrf]');
      for (const act of ['note', 'groups', 'switch', 'retire', 'undo']) {
        const fields = { csrf: csrf?.getAttribute('value') ?? '' };
        expect((await alix.post(`${house.url}/profiles/${id}/${act}`, fields)).status).toBe(404);
      }
    }
    expect(bodies.size).toBe(1);
    expect((await house.parts.profiles.find(ids.stranger))?.status).toBe('active');
  });
});
