import { UserError } from '../errors.ts';
import { isId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf, type Account } from './account.ts';
import type { makeApplicantStore, Plea } from './applicant-store.ts';
import { GROUPS_MAX } from './invitations.ts';
import type { Post } from './letter.ts';
import { parseWords } from './plain-words.ts';
import { makeAccountStore, makeGroupStore } from './store.ts';
import type { makeUsualWait } from './usual-wait.ts';

/** So many requests are decided at once. */
const AT_ONCE = 100;

/** How long the reason of a refusal may be, in characters. */
const REFUSAL = { min: 0, max: 500 };

/** Where somebody goes from here: an application, or this instance itself. The name is empty for the latter. */
export type Destination = { readonly name: string; readonly address: string };

/** How many of the requests named were decided, and how many had been decided or withdrawn before. */
export type Decided = { readonly done: number; readonly gone: number };

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  post: Post;
  store: ReturnType<typeof makeApplicantStore>;
  usualWait: ReturnType<typeof makeUsualWait>;
  destinationOf: (applicationId: string | undefined) => Promise<Destination>;
};

/** The end of a request for an account: yes, no, or never mind. Of several who decide at once one does. */
export function makeDecisions({ storage, seals, now, post, store, usualWait, destinationOf }: Needs) {
  const accounts = makeAccountStore(storage);
  const groupStore = makeGroupStore(storage);

  /** Ends one request in a transaction of its own; false where somebody else did before. */
  async function end(
    accountId: string,
    how: (tx: Db, account: Account, plea: Plea) => Promise<void>,
  ): Promise<boolean> {
    return storage.write(async (tx) => {
      const plea = await store.take(tx, accountId);
      const row = plea === undefined ? undefined : await accounts.lock(tx, accountId);
      const account = row === undefined ? undefined : accountOf(seals, row, now());
      if (plea === undefined || account?.status !== 'awaiting') return false;
      await how(tx, account, plea);
      return true;
    });
  }

  async function each(ids: readonly string[], one: (id: string) => Promise<boolean>): Promise<Decided> {
    const wanted = [...new Set(ids)].filter(isId).slice(0, AT_ONCE);
    let done = 0;
    for (const id of wanted) if (await one(id)) done += 1;
    return { done, gone: wanted.length - done };
  }

  /** @throws {UserError} groups_too_many{max}, group_unknown */
  async function checkGroups(ids: readonly string[]): Promise<string[]> {
    // In one order always, so that two who decide wait for one another and not in a circle.
    const wanted = [...new Set(ids)].toSorted();
    if (wanted.length > GROUPS_MAX) throw new UserError('groups_too_many', { max: GROUPS_MAX });
    const known = new Set((await groupStore.names()).map(({ id }) => id));
    if (wanted.some((id) => !known.has(id))) throw new UserError('group_unknown');
    return wanted;
  }

  async function remove(tx: Db, account: Account, letter: { reason: string } | undefined): Promise<void> {
    await store.removeAccount(tx, account);
    const { mailbox, language } = account;
    if (letter === undefined || mailbox === undefined) return;
    await post(tx, { kind: 'sign_up_refused', to: mailbox, language, values: letter });
  }

  return {
    /**
     * Lets people in, into these groups too; each is told, with the address of where they were going.
     * @throws {UserError} groups_too_many{max}, group_unknown
     */
    async approve(ids: readonly string[], groups: readonly string[] = []): Promise<Decided> {
      const wanted = await checkGroups(groups);
      return each(ids, async (id) => {
        const destination = await destinationOf((await store.find(id))?.plea.applicationId);
        return end(id, async (tx, { loginName, mailbox, language }, plea) => {
          await accounts.update(tx, id, { status: 'active' });
          for (const groupId of wanted) {
            // A group that was removed since is no longer anybody's.
            if (await groupStore.lock(tx, groupId)) await groupStore.addMember(tx, groupId, id);
          }
          await store.removeLinks(tx, id);
          await usualWait.note(tx, now() - plea.at);
          if (mailbox === undefined) return;
          const { name: application, address } = destination;
          const values = { login_name: loginName, application, address };
          await post(tx, { kind: 'sign_up_approved', to: mailbox, language, values });
        });
      });
    },

    /**
     * Refuses people, and forgets them. Each is told, with the reason where there is one (at most 500 characters).
     * @throws {UserError} words_too_many{max}
     */
    async refuse(ids: readonly string[], text = ''): Promise<Decided> {
      const reason = parseWords(text, REFUSAL);
      return each(ids, (id) =>
        end(id, async (tx, account, plea) => {
          await usualWait.note(tx, now() - plea.at);
          await remove(tx, account, { reason });
        }),
      );
    },

    /** The person thought better of it: they are forgotten. False where it was decided before. */
    async withdraw(accountId: string): Promise<boolean> {
      return end(accountId, (tx, account) => remove(tx, account, undefined));
    },

    /** Nobody answered: those who waited are told so, and forgotten. */
    async expire(ids: readonly string[]): Promise<void> {
      for (const id of ids) await end(id, (tx, account) => remove(tx, account, { reason: '' }));
    },
  };
}
