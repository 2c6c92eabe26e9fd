import { afterAll, beforeAll } from 'vitest';
import type { Application, ServiceProvider } from '../../../src/applications/applications.ts';
import type { ServiceProviderSettings } from '../../../src/applications/service-provider-settings.ts';
import { begin, openService, signIn, type Service } from '../../application.ts';
import { openHouse, type House } from '../../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../../people.ts';
import { makeVisitor, type Page, type Visitor } from '../../visitor.ts';
import { identityProviderOf, register } from './going.ts';
import type { IdentityProvider, RealProvider } from './provider.ts';

/** A running instance, one service provider of others beside it, and another application of ours. */
export type Place<P extends RealProvider = RealProvider> = {
  readonly house: House;
  readonly provider: P;
  readonly application: Application;
  readonly serviceProvider: ServiceProvider;
  /** An application that signs people in by OpenID Connect. */
  readonly blog: Service;
  /** Somebody at a browser of their own. */
  visitor(): Visitor;
  /** Somebody who has signed in here, and nowhere else yet. */
  visitorSignedIn(person: PersonName): Promise<Visitor>;
  /** What the blog hears when it asks without a page: `code`, or which error. */
  blogHears(visitor: Visitor): Promise<string>;
};

/** Opens a place before the tests of this group, and closes it after them. */
export function openPlace<P extends RealProvider>(
  name: string,
  start: (identityProvider: IdentityProvider) => Promise<P>,
  settings: Partial<ServiceProviderSettings> = {},
): () => Place<P> {
  let place: Place<P> | undefined;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    const house = await openHouse();
    opened.push(house);
    for (const person of ['alix', 'bruno'] as const) await addPerson(house.parts, person);
    const provider = await start(await identityProviderOf(house));
    opened.push(provider);
    const registered = await register(house, name, provider, settings);
    const blog = await openService(house, 'Blog');
    opened.push(blog);
    const visitor = (): Visitor => makeVisitor((url) => blog.isHome(url));
    place = {
      house,
      provider,
      blog,
      ...registered,
      visitor,
      async visitorSignedIn(person) {
        const fresh = visitor();
        const { loginName, password } = PEOPLE[person];
        await fresh.submit(await fresh.get(`${house.url}/account`), '/sign-in', { login: loginName, password });
        return fresh;
      },
      async blogHears(asking) {
        const { url } = await asking.get((await begin(blog, { prompt: 'none' })).url);
        return url.searchParams.has('code') ? 'code' : (url.searchParams.get('error') ?? 'nothing');
      },
    };
  });
  afterAll(async () => {
    for (const part of opened.toReversed()) await part.close();
  });
  return () => {
    if (place === undefined) throw new Error('not open yet');
    return place;
  };
}

/** Signs somebody in at the blog too. */
export async function signInAtBlog({ blog }: Place, visitor: Visitor, person: PersonName, profile: string) {
  return signIn(visitor, blog, { person, profile });
}

/** Whether a page asks for the password. */
export const asksForPassword = ({ document }: Page): boolean => document.querySelector('input[name=password]') !== null;

/** Whether a page asks which profile it shall be. */
export const asksForProfile = ({ document }: Page): boolean =>
  document.querySelector('[name=profile], input[name=name]') !== null;

/** Somebody's own page here on one of their profiles. */
export async function profilePage({ house }: Place, visitor: Visitor, name: string): Promise<Page> {
  const home = await visitor.get(house.url);
  const links = home.document.querySelectorAll('a[href^="/profiles/"]');
  const link = links.find(({ textContent }) => textContent.includes(name));
  if (link === undefined) throw new Error(`no profile ${name} here`);
  return visitor.get(new URL(link.getAttribute('href') ?? '', house.url));
}
