import type { House } from '../house.ts';
import type { MailCatcher } from '../mail-catcher.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { signInOn } from '../working.ts';
import type { Walk } from './as-mastodon.ts';
import { NAMED, type Old } from './weekend-people.ts';

export const has = ({ document }: Page, selector: string): boolean => document.querySelector(selector) !== null;

/** Whether a page has a form to an address that ends so. */
export const formTo = ({ document }: Page, action: string): boolean =>
  document.querySelectorAll('form').some((form) => form.getAttribute('action')?.endsWith(action));

/** The profile of this name on a page where one is chosen; the only one, whatever it is called. */
function profileNamed({ document }: Page, name: string): string | undefined {
  const cards = [...document.querySelectorAll('input[type=radio][name=profile]')];
  const wanted =
    document.querySelector('button[name=profile]') ??
    cards.find((card) => card.parentNode?.querySelector('.profile-name')?.textContent === name);
  return wanted?.getAttribute('value') ?? undefined;
}

/** The account here of one of the people. */
export const accountOf = ({ name }: Pick<Old, 'name'>): { loginName: string; password: string } => ({
  loginName: `guest${100 + NAMED.findIndex((old) => old.name === name)}`,
  password: `a wooden boat for ${name}`,
});

export type Guests = ReturnType<typeof makeGuests>;

/** People who come to an application, at this address, of which they have an old account. */
export function makeGuests(house: House, catcher: MailCatcher, address: string) {
  const isThere = (page: Page): boolean => page.url.origin === address || has(page, 'input[name=SAMLResponse]');

  async function codeTo(mailbox: string): Promise<string> {
    await house.parts.mail.deliver();
    const { text } = await catcher.next(mailbox);
    const code = /\b\d{4} \d{4}\b/u.exec(text)?.[0];
    if (code === undefined) throw new Error(`no code in: ${text}`);
    return code;
  }

  /** To the page where an old name and its password are asked for, from any page on the way. */
  const oldAccount = (visitor: Visitor, { url }: Page): Promise<Page> =>
    visitor.get(new URL(`${url.pathname.split('/').slice(0, 3).join('/')}/old-account`, url));

  /** One page further on the way of somebody who wants their old name, as they would go. */
  async function further(visitor: Visitor, at: Page, old: Old): Promise<Page> {
    const { loginName, password } = accountOf(old);
    if (has(at, 'input[name=password]')) return signInOn(visitor, at, loginName, password);
    if (formTo(at, '/taken-back')) return visitor.submit(at, '/taken-back', { move: 'yes' });
    if (formTo(at, '/take-back')) return visitor.submit(at, '/take-back');
    const profile = profileNamed(at, old.name);
    if (profile !== undefined) return visitor.submit(at, '/profile', { profile });
    const form = await oldAccount(visitor, at);
    const { name: oldName, password: oldPassword = '' } = old;
    if (old.way === 'password') return visitor.submit(form, '/old-account', { oldName, oldPassword });
    const written = `@${oldName}@${new URL(address).hostname}`;
    const asked = await visitor.submit(form, '/old-account', { oldName: written, do: 'code' });
    return visitor.submit(asked, '/old-account/code', { code: await codeTo(old.address), oldPassword: '' });
  }

  return {
    codeTo,
    newVisitor: (): Visitor => makeVisitor((url) => url.origin === address),

    /** Makes somebody's account here; their mailbox is the old address where that is their way. */
    async join({ name, way, address: old, unconfirmed }: Old): Promise<void> {
      const mailbox = way === 'mailbox' || unconfirmed === true ? old : `${name.toLowerCase()}@new.example`;
      const account = { ...accountOf({ name }), mailbox, mailboxVerified: true, administrator: false };
      await house.parts.accounts.add({ ...account, language: 'en' });
    },

    /** Through whatever pages stand between a request and the application; takes the old name back, if it is not yet. */
    walkAs(visitor: Visitor, old: Old): Walk {
      return async (first) => {
        let at = first;
        for (let hop = 0; hop < 8 && !isThere(at); hop += 1) {
          at = await further(visitor, at, old);
          if (at.status >= 400) {
            throw new Error(`${old.name} stopped at ${at.url.pathname}, ${at.status}: ${textOf(at)}`);
          }
        }
        return at;
      };
    },
  };
}
