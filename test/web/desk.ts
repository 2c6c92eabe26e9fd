import { expect } from 'vitest';
import type { Application, ServiceProvider } from '../../src/applications/applications.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';
import { entity } from '../saml/service-metadata.ts';
import { makeVisitor, type Fields, type Page, type Visitor } from '../visitor.ts';

/** Markup that must stay text, and what it looks like then. */
export const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
export const ESCAPED = EVIL.replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A file of metadata as a browser sends it. */
export const file = (content: BlobPart): File => new File([content], 'metadata.xml', { type: 'text/xml' });

/** The words of a whole page. */
export const wordsOf = (page: Page): string => page.document.textContent.replaceAll(/\s+/gu, ' ');

/** The messages above a form, with the fields they lead to. */
export const problemsOn = (page: Page): Record<string, string> =>
  Object.fromEntries(
    page.document.querySelectorAll('.problem a').map((link) => [link.getAttribute('href') ?? '', link.textContent]),
  );

export type Desk = Awaited<ReturnType<typeof openDesk>>;

/** A house with Odile at the pages of service providers. Each test begins with `clear`: a new application, with none. */
export async function openDesk() {
  const house: House = await openHouse();
  for (const name of ['odile', 'bruno'] as const) await addPerson(house.parts, name);
  let application: Application;

  async function signedIn(person: 'odile' | 'bruno'): Promise<Visitor> {
    const visitor = makeVisitor();
    const { loginName: login, password } = PEOPLE[person];
    await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
    return visitor;
  }

  const odile = await signedIn('odile');
  const below = (path: string): string => `${house.url}/admin/applications/${application.id}/service-providers${path}`;

  /** Sends the form for metadata as Odile fills it. */
  const add = async (fields: Fields): Promise<Page> =>
    odile.submit(await odile.get(below('/new')), '/service-providers/new', {
      source: 'paste',
      label: 'Main',
      ...fields,
    });

  /** The only service provider of the application. */
  async function only(): Promise<ServiceProvider> {
    const [provider, ...others] = await house.parts.applications.serviceProvidersOf(application.id);
    expect(others).toEqual([]);
    if (provider === undefined) throw new Error('no service provider');
    return provider;
  }

  return {
    house,
    odile,
    signedIn,
    below,
    add,
    only,
    get application(): Application {
      return application;
    },
    at: ({ id }: Pick<ServiceProvider, 'id'>, path = ''): string => `${house.url}/admin/service-providers/${id}${path}`,

    /** Adds the forum from its metadata, and opens its page. */
    async addForum(metadata = entity()): Promise<{ page: Page; forum: ServiceProvider }> {
      const page = await add({ metadata });
      expect(page.url.search).toBe('?notice=provider_added');
      return { page, forum: await only() };
    },

    async clear(): Promise<void> {
      for (const { id } of await house.parts.applications.serviceProviders())
        await house.parts.applications.removeServiceProvider(id);
      application = await addApplication(house.parts, 'Forum', 'https://forum.example/');
    },
  };
}
