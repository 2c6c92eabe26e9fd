import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ServiceProvider } from '../../src/applications/applications.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { addSender, comeIn, type Sender } from './saml-sender.ts';

const METADATA = { url: 'https://forum.example/saml', keys: [], takenAt: Date.now() };

let house: House;
let forum: Sender;
let alix: Visitor;
beforeAll(async () => {
  house = await openHouse();
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'alix');
  forum = await addSender(house, 'Forum', { metadata: METADATA });
  await comeIn(makeVisitor(), forum, { person: 'alix', profile: 'alice' });
});
afterAll(() => house.close());
beforeEach(() => {
  alix = makeVisitor((url) => forum.isHome(url));
});

const change = (more: Partial<ServiceProvider>): Promise<unknown> =>
  house.parts.applications.changeServiceProvider(forum.provider.id, (before) => ({ ...before, ...more }));

/** Asks without a signature and signs in, up to the choice of a profile. */
async function comeToTheChoice(): Promise<Page> {
  const { loginName: login, password } = PEOPLE.alix;
  return alix.submit(await alix.get(forum.ask({ signed: false })), '/sign-in', { login, password });
}

async function choose(page: Page): Promise<Page> {
  const profile = page.document.querySelector('[name=profile]')?.getAttribute('value') ?? '';
  return alix.submit(page, '/profile', { profile });
}

test('A87: a request on its way is answered', async () => {
  expect((await choose(await comeToTheChoice())).text).toContain('name="SAMLResponse"');
});

test.each([
  ['its metadata has run out', { metadata: { ...METADATA, validUntil: Date.now() - 1000 } }],
  ['its requests must be signed', { signedRequests: true }],
  ['it has another address', { consumers: [{ url: 'https://forum.example/other', index: 0, isDefault: true }] }],
] satisfies [string, Partial<ServiceProvider>][])(
  'A87: one whose service provider has changed meanwhile is not: %s',
  async (_what, more) => {
    const page = await comeToTheChoice();
    await change(more);
    try {
      const answered = await choose(page);
      expect(answered.text).not.toContain('name="SAMLResponse"');
      expect([400, 410]).toContain(answered.status);
    } finally {
      await change({ metadata: METADATA, signedRequests: false, consumers: forum.provider.consumers });
    }
  },
);
