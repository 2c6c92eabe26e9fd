import type { Account } from '../../src/accounts/accounts.ts';
import { walk } from '../application.ts';
import type { House } from '../house.ts';
import { PEOPLE } from '../people.ts';
import { answerOn, ask, openWiki, type Asking, type Handed, type Wiki } from '../service-provider.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

export const HERON = { person: 'alix', profile: 'heron' } as const;

/** Alix as somebody new, with a profile at a wiki of her own: what is done to either cannot be undone. */
export type Newcomer = {
  readonly alix: Account;
  readonly wiki: Wiki;
  readonly visitor: Visitor;
  /** One more browser. */
  browser(): Visitor;
  /** One more service provider, of an application where she has a profile too. */
  elsewhere(name: string, settings?: Parameters<typeof openWiki>[2]): Promise<Wiki>;
  profileId(): Promise<string>;
  /** Types the password on the page that asks for it. */
  prove(who: Visitor, page: Page): Promise<Page>;
  /** A whole sign-in at the wiki. */
  enter(asking?: Asking): Promise<Handed & { readonly id: string }>;
};

let number = 0;

export async function newcomer(house: House): Promise<Newcomer> {
  number += 1;
  const { parts } = house;
  const loginName = `alix${number}`;
  const { password } = PEOPLE.alix;
  const alix = await parts.accounts.add({ loginName, password, language: 'en' });
  const wikis: Wiki[] = [];
  const browser = (): Visitor => makeVisitor((url) => wikis.some((one) => one.isHome(url)));
  async function elsewhere(name: string, settings?: Parameters<typeof openWiki>[2]): Promise<Wiki> {
    const opened = await openWiki(house, `${name} ${number}`, settings);
    wikis.push(opened);
    await parts.profiles.create(alix.id, opened.application, { name: 'heron', note: '' });
    return opened;
  }
  const prove = (who: Visitor, page: Page): Promise<Page> =>
    who.submit(page, '/sign-in', { login: loginName, password });
  const wiki = await elsewhere('Wiki');
  const visitor = browser();
  return {
    alix,
    wiki,
    visitor,
    browser,
    elsewhere,
    profileId: async () => (await parts.profiles.at(alix.id, wiki.application)).profiles[0]?.id ?? '',
    prove,
    async enter(asking) {
      const { id, url } = ask(wiki, asking);
      let page = await visitor.get(url);
      if (page.document.querySelector('input[name=password]') !== null) page = await prove(visitor, page);
      return { id, ...answerOn(await walk(visitor, wiki, page, HERON)) };
    },
  };
}
