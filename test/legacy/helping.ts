import { expect } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import type { House } from '../house.ts';
import { textOf, type Page, type Visitor } from '../visitor.ts';
import type { Walk } from './as-mastodon.ts';
import { accountOf, formTo, type Guests } from './guests.ts';
import type { Old } from './weekend-people.ts';

type Needs = {
  readonly house: House;
  readonly guests: Guests;
  readonly application: Application;
  readonly odile: Account;
  /** Signs in to the application, and takes the old name back on the way where it is not yet; is who they were there. */
  readonly comes: (old: Old, visitor: Visitor) => Promise<unknown>;
  /** Whom the application takes somebody for who comes by this way, if it knows them; throws where they do not arrive. */
  readonly recognised: (visitor: Visitor, walk: Walk) => Promise<string | undefined>;
};

/** What people meet who do not get through at once, and what helps them, as the pages on moving in say it. */
export function makeHelp({ house, guests, application, odile, comes, recognised }: Needs) {
  /** The person's page of the application, on which an old name is asked for. */
  const oldAccount = (visitor: Visitor): Promise<Page> =>
    visitor.get(`${house.url}/applications/${application.id}/old-account`);

  /** With an account here, signed in, on that page. */
  async function arrive(old: Old): Promise<{ visitor: Visitor; form: Page }> {
    await guests.join(old);
    const visitor: Visitor = guests.newVisitor();
    const { loginName: login, password } = accountOf(old);
    await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
    return { visitor, form: await oldAccount(visitor) };
  }

  const take = (visitor: Visitor, form: Page, oldName: string, oldPassword: string): Promise<Page> =>
    visitor.submit(form, '/old-account', { oldName, oldPassword });

  /** Asks for a code to the old address. */
  const askForCode = (visitor: Visitor, form: Page, oldName: string): Promise<Page> =>
    visitor.submit(form, '/old-account', { oldName, do: 'code' });

  function expectRefusal(page: Page, words: string): void {
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(textOf(page)).toContain(words);
  }
  const WRONG = 'The name, the password or the code is not right.';
  const BOTH = 'needs its password and a code';

  /** Takes a name back that comes blocked, and gets no further with it. */
  async function blocked(old: Old): Promise<{ visitor: Visitor; profileId: string }> {
    const { visitor, form } = await arrive(old);
    expect(textOf(await take(visitor, form, old.name, old.password ?? ''))).toContain('Blocked for good');
    let shown: Page | undefined;
    const look: Walk = (at) => Promise.resolve((shown = at));
    await expect(recognised(visitor, look)).rejects.toThrow();
    expect(shown?.url.origin).toBe(house.url);
    expect(shown?.document.querySelector('[name=profile]') ?? undefined).toBeUndefined();
    const owner = await house.parts.accounts.findByLogin(accountOf(old).loginName);
    const [profile] = (await house.parts.profiles.at(owner?.id ?? '', application)).profiles;
    expect(profile).toMatchObject({ name: old.name, status: 'blocked' });
    return { visitor, profileId: profile?.id ?? '' };
  }

  return {
    oldAccount,
    blocked,

    /** Does not know the password any more: a code to the old address helps. */
    async forgetful(old: Old): Promise<void> {
      const { visitor, form } = await arrive(old);
      expectRefusal(await take(visitor, form, old.name, 'another secret altogether'), WRONG);
      await comes(old, visitor);
    },

    /** Had a second factor there: password and code together help. Does not want the address replaced. */
    async careful(old: Old): Promise<void> {
      const { visitor, form } = await arrive(old);
      expectRefusal(await take(visitor, form, old.name, old.password ?? ''), BOTH);
      const asked = await askForCode(visitor, form, old.name);
      const code = await guests.codeTo(old.address);
      const alone = await visitor.submit(asked, '/old-account/code', { code, oldPassword: '' });
      expectRefusal(alone, BOTH);
      const both = await visitor.submit(alone, '/old-account/code', { code, oldPassword: old.password ?? '' });
      await visitor.submit(both, '/old-address', { move: 'no' });
      await comes(old, visitor);
    },

    /** Was suspended there: the name is theirs, and a moderator decides about the rest. */
    async suspended(old: Old): Promise<void> {
      const { visitor, profileId } = await blocked(old);
      const actor = { accountId: odile.id, administrator: true };
      await house.parts.moderation.actions.unblock(actor, application.id, profileId, 'It was long ago.');
      await comes(old, visitor);
    },

    /** Neither knows the password nor reads the address: a link that an administrator hands over helps. */
    async unreachable(old: Old, hand: () => Promise<string>): Promise<void> {
      const { visitor, form } = await arrive(old);
      expectRefusal(await take(visitor, form, old.name, 'whatever it was'), WRONG);
      // The letter goes where nobody reads it.
      const asked = await askForCode(visitor, form, old.name);
      const guessed = await visitor.submit(asked, '/old-account/code', { code: '0000 0000', oldPassword: '' });
      expectRefusal(guessed, 'not the right code');
      const link = new URL(await hand());
      const taken = await visitor.submit(await visitor.get(link), link.pathname);
      await visitor.submit(taken, '/old-address', { move: 'yes' });
      await comes(old, visitor);
    },

    /** Made a new profile, which the application does not know: takes the old name back, and chooses it from then on. */
    async hasty(old: Old): Promise<void> {
      const { visitor } = await arrive(old);
      const create: Walk = (at) => visitor.submit(at, '/create', { name: `${old.name}_2`, note: '' });
      expect(await recognised(visitor, create)).toBeUndefined();
      const taken = await take(visitor, await oldAccount(visitor), old.name, old.password ?? '');
      await visitor.submit(taken, '/old-address', { move: 'yes' });
      await comes(old, guests.newVisitor());
    },

    /** Has the mailbox that the application never made sure of: nothing is offered, and the password helps. */
    async unconfirmed(old: Old): Promise<void> {
      const { visitor, form } = await arrive(old);
      expect(formTo(form, '/old-account/offer')).toBe(false);
      await comes(old, visitor);
    },
  };
}
