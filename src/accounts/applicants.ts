import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf, type Account, type Language } from './account.ts';
import { makeApplicantStore, type Plea, type PleaRow } from './applicant-store.ts';
import { makeDecisions, type Destination } from './decisions.ts';
import type { Post } from './letter.ts';
import { makeLinkStore } from './link-store.ts';
import { onlyLinkIds, type Links, type NewLink, type OpenLink } from './links.ts';
import { parseWords } from './plain-words.ts';
import { makeAccountStore } from './store.ts';
import { makeUsualWait } from './usual-wait.ts';

const DAY = 86_400_000;

/** A request that nobody answered is forgotten after this, in milliseconds; its link lives as long. */
export const PLEA_LIFE = 60 * DAY;

/** How long what people write may be, in characters. */
export const PLEA_LENGTH = {
  reason: { min: 10, max: 1000 },
  question: { min: 1, max: 500 },
  answer: { min: 1, max: 1000 },
} as const;

/** So many people may wait at the same time (P8): all of them are read to find who came first. */
export const WAITING_MAX = 1000;

/** Somebody who waits for an administrator's yes. Times in milliseconds. */
export type Applicant = Plea & {
  readonly accountId: string;
  readonly loginName: string;
  readonly language: Language;
};

export type Applicants = ReturnType<typeof makeApplicants>;

export type ApplicantNeeds = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  links: Links;
  post: Post;
  destinationOf: (applicationId: string | undefined) => Promise<Destination>;
};

/** The people who asked for an account and wait for a yes. Their account is there, and opens nothing. */
export function makeApplicants(needs: ApplicantNeeds) {
  const { storage, seals, now, links, post } = needs;
  const store = makeApplicantStore(needs);
  const linkStore = makeLinkStore(storage);
  const accounts = makeAccountStore(storage);
  const usualWait = makeUsualWait(storage);
  const decisions = makeDecisions({ ...needs, store, usualWait });

  /** The account of a plea while it still waits. */
  async function waiting(row: PleaRow | undefined): Promise<{ row: PleaRow; account: Account } | undefined> {
    const found = row === undefined ? undefined : await accounts.find(row.accountId);
    const account = found === undefined ? undefined : accountOf(seals, found, now());
    return row === undefined || account?.status !== 'awaiting' ? undefined : { row, account };
  }

  const told = ({ row, account }: { row: PleaRow; account: Account }): Applicant => ({
    ...row.plea,
    accountId: account.id,
    loginName: account.loginName,
    language: account.language,
  });

  /** A link to how it stands, in place of the one before. */
  async function putLink(tx: Db, accountId: string): Promise<NewLink> {
    const [id = '', ...older] = onlyLinkIds(seals, 'applicant', accountId);
    const { row, ...link } = links.make(id, PLEA_LIFE, (common) => ({ kind: 'applicant', accountId, ...common }));
    if (older.length > 0) await linkStore.remove(tx, older);
    await linkStore.put(tx, row);
    return link;
  }

  /** @throws {UserError} request_gone, where it was decided or changed meanwhile */
  async function change(
    accountId: string,
    after: (plea: Plea) => Plea,
    alongside?: (tx: Db, to: Account) => Promise<void>,
  ) {
    const found = await waiting(await store.find(accountId));
    if (found === undefined) throw new UserError('request_gone');
    await storage.write(async (tx) => {
      if (!(await store.replace(tx, found.row, after(found.row.plea)))) throw new UserError('request_gone');
      await alongside?.(tx, found.account);
    });
  }

  return {
    ...decisions,
    usualWait: usualWait.days,
    /** How many people wait. */
    count: (): Promise<number> => store.count(),
    putLink,

    /**
     * Has a new account wait, in the transaction that makes it, and tells its owner where to look.
     * @throws {UserError} requests_full{max}
     */
    async enter(tx: Db, account: Pick<Account, 'id' | 'language'> & { mailbox: string }, plea: Plea, days: string) {
      if ((await store.count(tx)) >= WAITING_MAX) throw new UserError('requests_full', { max: WAITING_MAX });
      await store.insert(tx, account.id, plea);
      const { token } = await putLink(tx, account.id);
      const { mailbox: to, language } = account;
      await post(tx, { kind: 'sign_up_waiting', to, language, values: { token, days } });
    },

    /** Who waits, oldest first, and how many there are in all. `page` counts from 1, with `size` on each. */
    async list(page: number, size: number): Promise<{ applicants: Applicant[]; total: number }> {
      const rows = await store.list();
      const shown = await Promise.all(rows.slice((page - 1) * size, page * size).map(waiting));
      return { applicants: shown.filter((entry) => entry !== undefined).map(told), total: rows.length };
    },

    /** The person who waits under this account; undefined where nobody does any more. */
    async find(accountId: string): Promise<Applicant | undefined> {
      const found = await waiting(await store.find(accountId));
      return found === undefined ? undefined : told(found);
    },

    /** The same by the link that their letter leads to. */
    async findByLink({ content }: OpenLink): Promise<Applicant | undefined> {
      return content.kind === 'applicant' ? this.find(content.accountId) : undefined;
    },

    /**
     * Asks the person something, in place of what was asked before; they are told by a letter.
     * @throws {UserError} request_gone, words_too_few{min}, words_too_many{max}
     */
    async ask(accountId: string, text: string): Promise<void> {
      const question = parseWords(text, PLEA_LENGTH.question);
      await change(
        accountId,
        (plea) => ({ ...plea, question, answer: undefined }),
        async (tx, { id, mailbox, language }) => {
          if (mailbox === undefined) return;
          const { token } = await putLink(tx, id);
          await post(tx, { kind: 'sign_up_question', to: mailbox, language, values: { token, question } });
        },
      );
    },

    /**
     * What the person says to the question, in place of what they said before.
     * @throws {UserError} request_gone, also where nothing was asked; words_too_few{min}, words_too_many{max}
     */
    async answer(accountId: string, text: string): Promise<void> {
      const answer = parseWords(text, PLEA_LENGTH.answer);
      await change(accountId, (plea) => {
        if (plea.question === undefined) throw new UserError('request_gone');
        return { ...plea, answer };
      });
    },

    /** Forgets, with a letter, what nobody answered for too long; for the clock. */
    async sweep(): Promise<void> {
      const old = (await store.list()).filter(({ plea }) => now() - plea.at > PLEA_LIFE);
      if (old.length > 0) await decisions.expire(old.map(({ accountId }) => accountId));
    },
  };
}
