import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';

describe.each(['sqlite', 'postgres'] as const)('a person signs in on %s', (engine) => {
  let house: House;
  let blog: Service;
  let photos: Service;
  beforeAll(async () => {
    house = await openHouse({ engine });
    blog = await openService(house, 'Blog');
    photos = await openService(house, 'Photos');
    await addPerson(house.parts, 'alix');
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await house.close();
  });

  test('once, and shows each application the profile of their choice', async () => {
    const alix = makeVisitor((url) => blog.isHome(url) || photos.isHome(url));
    const atBlog = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
    expect(atBlog.idToken).toMatchObject({
      preferred_username: 'alice',
      name: 'alice',
      email_verified: true,
      groups: [],
    });
    expect(atBlog.userinfo).toMatchObject({
      preferred_username: 'alice',
      sub: atBlog.idToken.sub,
      email: atBlog.idToken['email'],
    });

    const atPhotos = await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
    expect(atPhotos.idToken['preferred_username']).toBe('charlie');
    expect(atPhotos.idToken.sub).not.toBe(atBlog.idToken.sub);
    expect(alix.trail.filter(({ pathname }) => pathname.endsWith('/sign-in'))).toHaveLength(1);

    const again = await signIn(alix, blog, { person: 'alix' });
    expect(again.idToken.sub).toBe(atBlog.idToken.sub);
  });
});
