import { UserError } from '../../errors.ts';
import type { Storage } from '../../storage/storage.ts';
import { CREDENTIALS_MAX, type Credentials, type FactorKind } from '../credentials.ts';
import { makeAccountStore } from '../store.ts';
import type { Timeline } from '../timeline.ts';
import { factorContent, parseFactorName, type Held } from './factor.ts';
import type { RecoveryCodes } from './recovery-codes.ts';
import type { Telling } from './telling.ts';

/** How often a change is tried anew when the same row was written meanwhile. */
const TRIES = 5;

type Needs = {
  storage: Storage;
  now: () => number;
  credentials: Credentials;
  codes: RecoveryCodes;
  telling: Telling;
  timeline: Timeline;
};

/** A factor just added. `codes`: recovery codes, made with the first factor of an account and readable this once. */
export type Added = { readonly id: string; readonly codes?: readonly string[] };

export type Keeping = ReturnType<typeof makeKeeping>;

/**
 * What happens alike to factors of all kinds: they are listed, added, named and removed, and their owner is told. That
 * they proved lately who they are is for the caller to see to.
 */
export function makeKeeping({ storage, now, credentials, codes, telling, timeline }: Needs) {
  const accounts = makeAccountStore(storage);

  return {
    /** An account's factors of one kind, oldest month first. */
    async list(accountId: string, kind: FactorKind): Promise<Held[]> {
      const rows = await credentials.list(accountId, kind, factorContent);
      return rows
        .map(({ id, content: { name, month } }) => ({ id, kind, name, month }))
        .toSorted((a, b) => a.month.localeCompare(b.month) || a.name.localeCompare(b.name));
    },

    /**
     * Adds a factor, and recovery codes where the account has none. `content` is what its kind keeps; the month is added
     * here. `tag` finds it later. With `insteadOf`, the account must have exactly these of the kind, and they go.
     * @throws {UserError} factor_name_invalid{max}; factors_full{max}; factor_known, where the tag is taken; expired,
     *   where the account is gone or has others than it should
     */
    async add(
      accountId: string,
      kind: FactorKind,
      content: Readonly<Record<string, unknown>> & { readonly name: string },
      { tag, insteadOf }: { tag?: string; insteadOf?: readonly string[] } = {},
    ): Promise<Added> {
      const name = parseFactorName(content.name);
      const month = new Date(now()).toISOString().slice(0, 7);
      const tell = await telling(accountId);
      const added = await storage.write(async (tx) => {
        if ((await accounts.lock(tx, accountId)) === undefined) throw new UserError('expired');
        const before = (await credentials.list(accountId, kind, factorContent, tx)).map(({ id }) => id);
        if (insteadOf !== undefined && before.toSorted().join() !== insteadOf.toSorted().join())
          throw new UserError('expired');
        if (before.length >= CREDENTIALS_MAX) throw new UserError('factors_full', { max: CREDENTIALS_MAX });
        const id = await credentials.add(tx, accountId, kind, { ...content, name, month }, tag);
        if (id === undefined) throw new UserError('factor_known');
        // After the new one is there: without any, the recovery codes would go as well.
        for (const old of insteadOf ?? []) await credentials.remove(tx, accountId, kind, old);
        const made = await codes.makeFirst(tx, accountId);
        await tell(tx, (login_name) => ({ kind: 'factor_added', values: { login_name, method: kind } }));
        return { id, ...(made === undefined ? {} : { codes: made }) };
      });
      await timeline.record(accountId, { kind: 'factor_added', at: now(), detail: { method: kind, name } });
      if (added.codes !== undefined) await timeline.record(accountId, { kind: 'recovery_codes_made', at: now() });
      return added;
    },

    /**
     * Gives a factor another name; does nothing where there is none of this id.
     * @throws {UserError} factor_name_invalid{max}
     */
    async rename(accountId: string, kind: FactorKind, id: string, text: string): Promise<void> {
      const name = parseFactorName(text);
      for (let left = TRIES; left > 0; left -= 1) {
        const found = (await credentials.list(accountId, kind, factorContent)).find((row) => row.id === id);
        if (found === undefined) return;
        const content = { ...found.content, name };
        // It was used meanwhile: what that wrote must stand.
        if (await storage.write((tx) => credentials.replace(tx, accountId, kind, found, content))) return;
      }
    },

    /** Removes a factor, and with the last one the recovery codes; returns false where there is none of this id. */
    async remove(accountId: string, kind: FactorKind, id: string): Promise<boolean> {
      const tell = await telling(accountId);
      const removed = await storage.write(async (tx) => {
        if ((await accounts.lock(tx, accountId)) === undefined) return false;
        if (!(await credentials.remove(tx, accountId, kind, id))) return false;
        await tell(tx, (login_name) => ({ kind: 'factor_removed', values: { login_name, method: kind } }));
        return true;
      });
      if (removed) await timeline.record(accountId, { kind: 'factor_removed', at: now(), detail: { method: kind } });
      return removed;
    },
  };
}
