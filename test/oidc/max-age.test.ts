import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { begin, openService, signIn, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';

/** Seven minutes and some seconds past: what is floored to ten minutes is not what it was. */
const START = Date.UTC(2027, 1, 3, 14, 7, 23);
const MINUTE = 60_000;

describe('an application asks for a sign-in that is not older than', () => {
  let house: House;
  let blog: Service;
  let photos: Service;
  let alix: Visitor;
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: START });
    house = await openHouse();
    blog = await openService(house, 'Blog');
    photos = await openService(house, 'Photos');
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => blog.isHome(url) || photos.isHome(url));
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
    vi.useRealTimers();
  });

  const at = (service: Service, params: Record<string, string>): Promise<Received> =>
    signIn(alix, service, { person: 'alix', profile: service === blog ? 'alice' : 'charlie' }, params);
  const passwords = (): number => alix.trail.filter(({ pathname }) => pathname.endsWith('/sign-in')).length;
  const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

  test('a time that has not passed: exact where it caused the sign-in, floored elsewhere, silent', async () => {
    const first = await at(blog, { max_age: '3600' });
    expect(first.idToken.auth_time).toBe(seconds(START));
    const elsewhere = await at(photos, { max_age: '3600' });
    expect(elsewhere.idToken.auth_time).toBe(seconds(Date.UTC(2027, 1, 3, 14, 0, 0)));
    const again = await at(blog, { max_age: '3600' });
    expect(again.idToken.auth_time).toBe(seconds(Date.UTC(2027, 1, 3, 14, 0, 0)));
    expect(passwords()).toBe(1);
  });

  test('nothing: no time is told', async () => {
    expect((await at(blog, {})).idToken).not.toHaveProperty('auth_time');
  });

  test('a time that has passed: the password again, and the exact time of it', async () => {
    vi.setSystemTime(START + 30 * MINUTE);
    expect(
      (await alix.get((await begin(blog, { max_age: '1200', prompt: 'none' })).url)).url.searchParams.get('error'),
    ).toBe('login_required');
    const before = passwords();
    const { idToken } = await at(blog, { max_age: '1200' });
    expect(passwords()).toBe(before + 1);
    expect(idToken.auth_time).toBe(seconds(START + 30 * MINUTE));
  });

  test('a time that only the floored sign-in would break: the password again', async () => {
    // Signed in at 14:37:23, told as 14:30:00; at 14:40:23 that looks more than ten minutes old and is three.
    vi.setSystemTime(START + 33 * MINUTE);
    const before = passwords();
    const { idToken } = await at(photos, { max_age: '600' });
    expect(passwords()).toBe(before + 1);
    expect(idToken.auth_time).toBe(seconds(START + 33 * MINUTE));
  });

  test('nothing at all, max_age=0: the password each time', async () => {
    const before = passwords();
    await at(blog, { max_age: '0' });
    await at(blog, { max_age: '0' });
    expect(passwords()).toBe(before + 2);
  });
});
