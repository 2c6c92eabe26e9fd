import { UserError } from '../errors.ts';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
import type { AccountLog } from './account-log.ts';
import type { Attempts } from './attempts.ts';
import { makeDelegateStore } from './delegate-store.ts';
import type { Group } from './groups.ts';
import { makeAccountStore, makeGroupStore, type AccountRow } from './store.ts';

/** So many people look after one group at most (P8). */
export const DELEGATES_MAX = 100;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  accountLog: Pick<AccountLog, 'add'>;
  attempts: Attempts;
};

/**
 * Delegates of groups: people who add and remove a group's members, and see nothing else. Whoever names them is checked
 * where it is asked; that they still are is checked here, in the transaction of what they do.
 */
export function makeDelegates({ storage, seals, now, accountLog, attempts }: Needs) {
  const store = makeDelegateStore(storage);
  const accounts = makeAccountStore(storage);
  const groups = makeGroupStore(storage);

  /** Whether the account of a row may act now. */
  const isActive = (row: AccountRow | undefined): row is AccountRow =>
    row !== undefined && accountOf(seals, row, now()).status === 'active';

  /**
   * Lets a transaction go on only where somebody is active, and still a delegate of the group, which it then holds.
   * @throws {UserError} forbidden
   */
  async function require(tx: Db, delegateId: string, groupId: string): Promise<void> {
    const row = await accounts.lock(tx, delegateId);
    const may = isActive(row) && (await store.of(groupId, tx)).includes(delegateId) && (await groups.lock(tx, groupId));
    if (!may) throw new UserError('forbidden');
  }

  const find = (loginName: string): Promise<AccountRow | undefined> =>
    accounts.findByLogin(seals.tags('login', canonicalName(loginName)));

  return {
    /**
     * Names somebody a delegate of a group; naming them twice is no error. `by`: the administrator, none for a command.
     * @throws {UserError} group_unknown, account_unknown (also one that is not active), delegates_full{max}
     */
    async name(groupId: string, accountId: string, by?: string): Promise<void> {
      await storage.write(async (tx) => {
        if (!isActive(await accounts.lock(tx, accountId))) throw new UserError('account_unknown');
        if (!(await groups.lock(tx, groupId))) throw new UserError('group_unknown');
        if (!(await store.insert(tx, groupId, accountId))) return;
        if ((await store.of(groupId, tx)).length > DELEGATES_MAX)
          throw new UserError('delegates_full', { max: DELEGATES_MAX });
        await accountLog.add(tx, accountId, { kind: 'delegate_appointed', by });
      });
    },

    /** Has somebody look after a group no more, at once. Whoever is no delegate stays as they are. */
    async dismiss(groupId: string, accountId: string, by?: string): Promise<void> {
      await storage.write(async (tx) => {
        await accounts.lock(tx, accountId);
        if (await store.remove(tx, groupId, accountId))
          await accountLog.add(tx, accountId, { kind: 'delegate_dismissed', by });
      });
    },

    /** The delegates of a group, by login name. For administrators. */
    async of(groupId: string): Promise<{ readonly accountId: string; readonly loginName: string }[]> {
      const rows = await accounts.findMany(await store.of(groupId));
      return rows
        .map((row) => ({ accountId: row.id, loginName: accountOf(seals, row, now()).loginName }))
        .toSorted((a, b) => a.loginName.localeCompare(b.loginName, 'fr'));
    },

    /** The groups somebody looks after, by name. */
    async groupsOf(accountId: string): Promise<Group[]> {
      return (await store.groupsOf(accountId)).toSorted((a, b) => a.name.localeCompare(b.name, 'fr'));
    },

    /** The group, where somebody looks after it now. */
    async groupOf(accountId: string, groupId: string): Promise<Group | undefined> {
      return (await store.groupsOf(accountId)).find(({ id }) => id === groupId);
    },

    /**
     * Puts the account of a login name into a group, for one of its delegates; being in already is no error.
     *
     * Whoever is put in shows in the list of members, so a delegate who knows a name learns that it is somebody's: that
     * cannot be avoided where people are added by name. It is all there is to learn. One answer, at the same cost, is for
     * nobody, for the suspended, for who waits or leaves; and each such answer is counted, so that going through a list
     * of names takes weeks. Those that were right are not counted: filling a group is what a delegate is for.
     * @throws {UserError} forbidden, member_unknown, try_later{seconds}
     */
    async addMember(delegateId: string, groupId: string, loginName: string): Promise<void> {
      const isAdded = await attempts.judge([['delegate', delegateId]], async () => {
        const found = await find(loginName);
        return storage.write(async (tx) => {
          await require(tx, delegateId, groupId);
          const row = await accounts.lock(tx, found?.id ?? '-');
          if (!isActive(row)) return false;
          await groups.addMember(tx, groupId, row.id);
          return true;
        });
      });
      if (!isAdded) throw new UserError('member_unknown');
    },

    /**
     * Takes the account of a login name out of a group, for one of its delegates. The answer is the same whether it was
     * in, or is at all.
     * @throws {UserError} forbidden
     */
    async removeMember(delegateId: string, groupId: string, loginName: string): Promise<void> {
      const found = await find(loginName);
      await storage.write(async (tx) => {
        await require(tx, delegateId, groupId);
        await groups.removeMember(tx, groupId, found?.id ?? '-');
      });
    },
  };
}
