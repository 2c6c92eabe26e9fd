import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
import { makeDelegateStore } from './delegate-store.ts';
import type { Group } from './groups.ts';
import { makeAccountStore, makeGroupStore } from './store.ts';

/** So many people look after one group at most (P8). */
export const DELEGATES_MAX = 100;

type Needs = { storage: Storage; seals: Seals; now: () => number };

export type Delegates = ReturnType<typeof makeDelegates>;

/**
 * Delegates of groups: people who add and remove a group's members, and see nothing else. Whoever names them is checked
 * where it is asked.
 */
export function makeDelegates({ storage, seals, now }: Needs) {
  const store = makeDelegateStore(storage);
  const accounts = makeAccountStore(storage);
  const groups = makeGroupStore(storage);

  return {
    /**
     * Names somebody a delegate of a group; naming them twice is no error.
     * @throws {UserError} group_unknown, account_unknown (also one that is not active), delegates_full{max}
     */
    async name(groupId: string, accountId: string): Promise<void> {
      await storage.write(async (tx) => {
        const row = await accounts.lock(tx, accountId);
        if (row === undefined || accountOf(seals, row, now()).status !== 'active')
          throw new UserError('account_unknown');
        if (!(await groups.lock(tx, groupId))) throw new UserError('group_unknown');
        if ((await store.of(groupId, tx)).length >= DELEGATES_MAX)
          throw new UserError('delegates_full', { max: DELEGATES_MAX });
        await store.insert(tx, groupId, accountId);
      });
    },

    /** Has somebody look after a group no more, at once. Whoever is no delegate stays as they are. */
    async dismiss(groupId: string, accountId: string): Promise<void> {
      await storage.write(async (tx) => {
        await accounts.lock(tx, accountId);
        await store.remove(tx, groupId, accountId);
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
     * Lets a transaction go on only where somebody is active, and still a delegate of the group.
     * @throws {UserError} forbidden
     */
    async require(tx: Db, accountId: string, groupId: string): Promise<void> {
      const row = await accounts.lock(tx, accountId);
      const isActive = row !== undefined && accountOf(seals, row, now()).status === 'active';
      if (!isActive || !(await store.of(groupId, tx)).includes(accountId)) throw new UserError('forbidden');
    },
  };
}
