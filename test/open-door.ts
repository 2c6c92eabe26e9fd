import { openHouse, type House } from './house.ts';
import { openMailCatcher, type Caught, type MailCatcher } from './mail-catcher.ts';
import { textOf, type Page, type Visitor } from './visitor.ts';
import { answered } from './working.ts';

/** What newcomers choose and say. */
export const CHOSEN = 'onze effraies rousses';
export const WHY = 'I look after the bees of the harbour.';

/** A house that lets people make their accounts, and its mail. */
export type OpenDoor = {
  readonly house: House;
  readonly catcher: MailCatcher;
  /** The next letter to a mailbox, sent now if it waits; the next one with these words, where several may come at once. */
  letterTo(mailbox: string, words?: string): Promise<Caught>;
  /** The path of the link in the next letter to a mailbox that is about a new account. */
  linkTo(mailbox: string): Promise<string>;
  /** Changes how people are let in. */
  letIn(mode: 'closed' | 'invitation' | 'approval' | 'open'): Promise<void>;
  close(): Promise<void>;
};

export async function openDoor(
  mode: 'approval' | 'open',
  { settings = {}, ...options }: Parameters<typeof openHouse>[0] = {},
): Promise<OpenDoor> {
  const catcher = await openMailCatcher();
  const house = await openHouse({
    ...options,
    settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org', ...settings },
  });
  async function letterTo(mailbox: string, words = ''): Promise<Caught> {
    await house.parts.mail.deliver();
    for (;;) {
      const letter = await catcher.next(mailbox);
      if (letter.text.includes(words)) return letter;
    }
  }
  async function letIn(to: Parameters<OpenDoor['letIn']>[0]): Promise<void> {
    await house.parts.house.change({ ALUCO_SIGN_UP: to });
    await house.renew();
  }
  await letIn(mode);
  return {
    house,
    catcher,
    letterTo,
    letIn,
    async linkTo(mailbox) {
      for (;;) {
        const { links } = await letterTo(mailbox, `${house.url}/link/`);
        const path = links.find((one) => one.startsWith(`${house.url}/link/`))?.slice(house.url.length) ?? '';
        const link = await house.parts.accounts.findLink(path.slice('/link/'.length));
        // Somebody else may have named the mailbox as theirs, which is asked about in a letter of its own.
        if (link?.content.kind !== 'mailbox') return path;
      }
    },
    async close() {
      await house.close();
      await catcher.close();
    },
  };
}

/** Follows "no account yet" from a sign-in page. */
export async function followNoAccount(visitor: Visitor, page: Page): Promise<Page> {
  const href = page.document
    .querySelectorAll('.ways a')
    .map((link) => link.getAttribute('href') ?? '')
    .find((one) => /\/(?:sign-up|no-account)$/u.test(one));
  if (href === undefined) throw new Error(`no way to an account on ${page.url.pathname}: ${textOf(page)}`);
  return visitor.get(new URL(href, page.url));
}

/** Asks for an account from a sign-in page, up to the page that says to look into one's mail. */
export async function askFor(visitor: Visitor, signIn: Page, mailbox: string): Promise<Page> {
  const form = await followNoAccount(visitor, signIn);
  return visitor.submit(form, '/sign-up', { mailbox, ...answered(form) });
}

/** Fills the page that a link leads to. */
export async function useLink(visitor: Visitor, at: string, loginName: string, more = {}): Promise<Page> {
  const page = await visitor.get(at);
  const path = new URL(at).pathname;
  return visitor.submit(page, path, { loginName, password: CHOSEN, ...more });
}

/** Signs in on the page that asks for it. */
export const proveAs = (visitor: Visitor, page: Page, login: string, password = CHOSEN): Promise<Page> =>
  visitor.submit(page, '/sign-in', { login, password });
