import type { Account, Accounts, OpenLink } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import { makeModeratorStore } from './moderator-store.ts';

/** How often a moderator is told of what waits. */
export const DIGESTS = ['at-once', 'daily', 'off'] as const;

export type Digest = (typeof DIGESTS)[number];

/** So many people look after one application at most (P8). */
export const MODERATORS_MAX = 100;

/** Somebody who looks after an application, for their colleagues and administrators alone. */
export type Moderator = {
  readonly accountId: string;
  readonly loginName: string;
  readonly digest: Digest;
  /** The day (ISO) on which they were last told of what waits. */
  readonly toldDay?: string;
  /** Whether they may act: their account is active. */
  readonly isActive: boolean;
};

type Needs = {
  accounts: Pick<Accounts, 'appointments' | 'find' | 'hold' | 'tell' | 'timeline'>;
  applications: Pick<Applications, 'find' | 'get'>;
  storage: Storage;
  now: () => number;
};

export type Moderators = ReturnType<typeof makeModerators>;

const digestOf = (text: string): Digest => DIGESTS.find((digest) => digest === text) ?? 'daily';

/**
 * Who looks after which application. Whoever appoints and dismisses is checked where it is asked; that somebody still
 * moderates is checked here, in the transaction of what they do.
 */
export function makeModerators({ accounts, applications, storage, now }: Needs) {
  const store = makeModeratorStore(storage);

  /** Their account, held: who is dismissed, suspended or leaves at this moment waits, or is seen to have. */
  async function holdActive(tx: Db, accountId: string): Promise<Account | undefined> {
    const account = await accounts.hold(tx, accountId);
    return account?.status === 'active' ? account : undefined;
  }

  /** Writes into the person's timeline, and into the log of administrators, who alone read `by`. */
  function note(
    tx: Db,
    kind: 'moderator_appointed' | 'moderator_dismissed',
    accountId: string,
    application: string,
    by: string | undefined,
  ): Promise<void> {
    return accounts.timeline.add(tx, accountId, () => ({ kind, at: now(), detail: { application } }), by);
  }

  /** In the transaction of a caller who holds the account, and saw that it is active. */
  async function appointIn(
    tx: Db,
    application: { id: string; name: string },
    account: Account,
    by: string | undefined,
  ): Promise<boolean> {
    const row = { applicationId: application.id, accountId: account.id, digest: 'daily', toldDay: null };
    if (!(await store.insert(tx, row))) return false;
    if ((await store.of(application.id, tx)).length > MODERATORS_MAX)
      throw new UserError('moderators_full', { max: MODERATORS_MAX });
    await note(tx, 'moderator_appointed', account.id, application.name, by);
    await accounts.tell(tx, account, {
      kind: 'moderator_appointed',
      values: { login_name: account.loginName, application: application.name },
    });
    return true;
  }

  /**
   * Whether somebody may act at an application now, by what is stored of them. In a transaction by `tx`, which then
   * holds their account: whoever dismisses or suspends them waits until it has ended.
   */
  async function stillModerates(accountId: string, applicationId: string, tx?: Db): Promise<boolean> {
    const account = tx === undefined ? await accounts.find(accountId) : await accounts.hold(tx, accountId);
    if (account?.status !== 'active') return false;
    return account.role === 'administrator' || store.has(tx ?? storage.read, applicationId, accountId);
  }

  return {
    stillModerates,

    /**
     * Has somebody look after an application from now on. They are told by mail, and find it in their timeline. Doing so
     * twice is no error. `by`: the administrator who does it, none for a command.
     * @throws {UserError} application_unknown, account_unknown (also one that is not active), moderators_full{max}
     */
    async appoint(applicationId: string, accountId: string, by?: string): Promise<void> {
      const application = await applications.get(applicationId);
      await storage.write(async (tx) => {
        const account = await holdActive(tx, accountId);
        if (account === undefined) throw new UserError('account_unknown');
        await appointIn(tx, application, account, by);
      });
    },

    /**
     * Has somebody look after the application that a link names: they opened it and agreed. Whoever does so already
     * leaves the link to somebody else.
     * @throws {UserError} link_gone, forbidden (their account is not active), moderators_full{max}
     */
    async accept(link: OpenLink, accountId: string): Promise<void> {
      const content = accounts.appointments.contentOf(link);
      const application = content === undefined ? undefined : await applications.find(content.applicationId);
      if (application === undefined) throw new UserError('link_gone');
      await storage.write(async (tx) => {
        const account = await holdActive(tx, accountId);
        if (account === undefined) throw new UserError('forbidden');
        if (await appointIn(tx, application, account, content?.by)) await accounts.appointments.take(tx, link);
      });
    },

    /**
     * Has somebody look after an application no more, at once: what they are about to do there is refused. Whoever does
     * not look after it stays as they are.
     * @throws {UserError} application_unknown
     */
    async dismiss(applicationId: string, accountId: string, by?: string): Promise<void> {
      const application = await applications.get(applicationId);
      await storage.write(async (tx) => {
        const account = await accounts.hold(tx, accountId);
        if (!(await store.remove(tx, applicationId, accountId)) || account === undefined) return;
        await note(tx, 'moderator_dismissed', accountId, application.name, by);
      });
    },

    /** Who looks after an application, by login name. For colleagues and administrators. */
    async of(applicationId: string): Promise<Moderator[]> {
      const found: Moderator[] = [];
      for (const { accountId, digest, toldDay } of await store.of(applicationId)) {
        const account = await accounts.find(accountId);
        if (account === undefined) continue;
        found.push({
          accountId,
          loginName: account.loginName,
          digest: digestOf(digest),
          ...(toldDay === null ? {} : { toldDay }),
          isActive: account.status === 'active',
        });
      }
      return found.toSorted((a, b) => a.loginName.localeCompare(b.loginName, 'fr'));
    },

    /** The ids of the applications somebody looks after. */
    applicationsOf: (accountId: string): Promise<string[]> => store.ofAccount(accountId),

    /** Whether somebody who is signed in looks after an application now. What they do asks `require` again. */
    async moderates({ accountId, administrator }: Actor, applicationId: string): Promise<boolean> {
      return administrator || store.has(storage.read, applicationId, accountId);
    },

    /**
     * Lets a transaction go on only where the actor may still decide at this application: their account is active, and
     * they are its moderator or an administrator now. Whoever dismisses or suspends them waits until it has ended.
     * @throws {UserError} forbidden
     */
    async require(tx: Db, { accountId }: Pick<Actor, 'accountId'>, applicationId: string): Promise<void> {
      // What the page believed of the actor counts for nothing here.
      if (!(await stillModerates(accountId, applicationId, tx))) throw new UserError('forbidden');
    },

    /**
     * Says how often a moderator is told of what waits.
     * @throws {UserError} forbidden, where they are not one
     */
    async setDigest(applicationId: string, accountId: string, digest: Digest): Promise<void> {
      const isSet = await storage.write((tx) => store.change(tx, applicationId, accountId, { digest }));
      if (!isSet) throw new UserError('forbidden');
    },

    /** Remembers the day (ISO) on which a moderator was told of what waits, in the transaction of that. */
    async noteTold(tx: Db, applicationId: string, accountId: string, day: string): Promise<void> {
      await store.change(tx, applicationId, accountId, { toldDay: day });
    },
  };
}
