import { UserError } from '../errors.ts';
import { canonicalName } from '../names.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import { isTaken, type Storage } from '../storage/storage.ts';
import { accountOf } from './account.ts';
import { makeAccountStore, makeGroupStore } from './store.ts';

/** How long a group's name may be, in characters. */
export const GROUP_NAME_MAX = 40;

/** People an administrator put together, for applications that let only some in. */
export type Group = { readonly id: string; readonly name: string };

/** @throws {UserError} group_name_invalid */
function parseGroupName(text: string): string {
  const name = text.length > 4 * GROUP_NAME_MAX ? '' : text.normalize('NFC').trim();
  const length = [...name].length;
  // Control, unassigned and invisible characters would make two groups look alike, or break a page.
  if (length < 1 || length > GROUP_NAME_MAX || /[\p{C}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new UserError('group_name_invalid');
  }
  return name;
}

/** Groups of accounts. Whether the caller may is checked where it is asked. */
export function makeGroups({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const store = makeGroupStore(storage);
  const accounts = makeAccountStore(storage);

  /** @throws {UserError} account_unknown */
  async function idOf(loginName: string): Promise<string> {
    const row = await accounts.findByLogin(seals.tags('login', canonicalName(loginName)));
    if (row === undefined) throw new UserError('account_unknown');
    return row.id;
  }

  return {
    /**
     * Makes a group of nobody.
     * @throws {UserError} group_name_invalid, group_name_taken (compared by `canonicalName`)
     */
    async create(name: string): Promise<Group> {
      const group = { id: randomId(), name: parseGroupName(name) };
      const row = { ...group, nameKey: canonicalName(group.name) };
      if (!(await storage.write((tx) => store.insert(tx, row)))) throw new UserError('group_name_taken');
      return group;
    },

    /** @throws {UserError} group_name_invalid, group_name_taken, group_unknown */
    async rename(groupId: string, text: string): Promise<void> {
      const name = parseGroupName(text);
      try {
        const found = await storage.write((tx) => store.rename(tx, groupId, name, canonicalName(name)));
        if (!found) throw new UserError('group_unknown');
      } catch (error) {
        if (isTaken(error)) throw new UserError('group_name_taken');
        throw error;
      }
    },

    /**
     * Says whether a group's members must have a second factor. It counts from their next page or sign-in on: a session
     * of one factor is none then.
     * @throws {UserError} group_unknown
     */
    async setSecondFactor(groupId: string, secondFactor: boolean): Promise<void> {
      const found = await storage.write((tx) => store.setSecondFactor(tx, groupId, secondFactor));
      if (!found) throw new UserError('group_unknown');
    },

    /** Removes the group; its members are no longer in it. Removing none is no error. */
    async remove(groupId: string): Promise<void> {
      await storage.write((tx) => store.remove(tx, groupId));
    },

    /** All groups by name. However many people are in them, this reads the groups alone. */
    async names(): Promise<Group[]> {
      return (await store.names()).toSorted((a, b) => a.name.localeCompare(b.name, 'fr'));
    },

    /**
     * All groups by name, each with how many are in it and whether they must have a second factor: this reads every
     * membership.
     */
    async list(): Promise<(Group & { readonly members: number; readonly secondFactor: boolean })[]> {
      return (await store.list()).toSorted((a, b) => a.name.localeCompare(b.name, 'fr'));
    },

    /**
     * Puts an account in; being in already is no error.
     * @throws {UserError} account_unknown, group_unknown
     */
    async addMember(groupId: string, loginName: string): Promise<void> {
      const accountId = await idOf(loginName);
      await storage.write(async (tx) => {
        if (!(await store.lock(tx, groupId))) throw new UserError('group_unknown');
        await store.addMember(tx, groupId, accountId);
      });
    },

    /**
     * Takes an account out; not being in is no error.
     * @throws {UserError} account_unknown
     */
    async removeMember(groupId: string, loginName: string): Promise<void> {
      const accountId = await idOf(loginName);
      await storage.write((tx) => store.removeMember(tx, groupId, accountId));
    },

    /**
     * Puts an account into these groups and out of all others.
     * @throws {UserError} account_unknown, group_unknown
     */
    async assign(accountId: string, groupIds: readonly string[]): Promise<void> {
      if ((await accounts.find(accountId)) === undefined) throw new UserError('account_unknown');
      const wanted = new Set(groupIds);
      const known = (await store.names()).map(({ id }) => id);
      if (![...wanted].every((id) => known.includes(id))) throw new UserError('group_unknown');
      await storage.write(async (tx) => {
        // Always in the same order, so that two who do this wait for one another and not in a circle.
        for (const id of known.toSorted()) {
          if (!wanted.has(id)) await store.removeMember(tx, id, accountId);
          else if (await store.lock(tx, id)) await store.addMember(tx, id, accountId);
        }
      });
    },

    /** The login names of a group's members, sorted. */
    async members(groupId: string): Promise<string[]> {
      const rows = await accounts.findMany(await store.members(groupId));
      return rows.map((row) => accountOf(seals, row, now()).loginName).toSorted((a, b) => a.localeCompare(b, 'fr'));
    },

    /** The groups an account is in, by name. */
    async groupsOf(accountId: string): Promise<Group[]> {
      return (await store.ofAccount(accountId)).toSorted((a, b) => a.name.localeCompare(b.name, 'fr'));
    },
  };
}
