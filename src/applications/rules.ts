import { UserError } from '../errors.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Application } from './applications.ts';
import { checkApplication, type ApplicationSettings } from './settings.ts';
import type { ApplicationRow, ApplicationStore } from './store.ts';

/** What moderators say about their application's profiles, unless an administrator keeps it to themselves. */
export type Rules = Pick<ApplicationSettings, 'policy' | 'quota'> & {
  /** Names that nobody gets, beside those that nobody gets anywhere. */
  readonly reserved: readonly string[];
};

/** What an application says about its profiles. */
export function rulesOf({ policy, quota, rule }: Pick<ApplicationSettings, 'policy' | 'quota' | 'rule'>): Rules {
  return { policy, quota, reserved: rule.reserved };
}

/** Whether two say the same. */
export function areSameRules(one: Rules, other: Rules): boolean {
  return (
    one.policy === other.policy &&
    one.quota === other.quota &&
    one.reserved.length === other.reserved.length &&
    one.reserved.every((name, index) => name === other.reserved[index])
  );
}

type Needs = {
  storage: Storage;
  store: Pick<ApplicationStore, 'holdApplication' | 'putApplication'>;
  settingsOf: (row: ApplicationRow) => Application;
};

/** Rules changed by moderators: those three and nothing else of an application. */
export function makeRules({ storage, store, settingsOf }: Needs) {
  return {
    /**
     * Changes the rules from what the moderator was shown to what they want; nothing that exists is taken away, and once
     * this has returned nothing is made under the ones before. `allow` throws in the same transaction where they may not.
     * @throws {SettingsProblem} or {UserError} application_unknown, rules_locked, rules_changed, and what `allow` throws
     */
    async changeRules(
      id: string,
      { shown, wanted }: { readonly shown: Rules; readonly wanted: unknown },
      { mayUnlock, allow }: { readonly mayUnlock: boolean; readonly allow: (tx: Db) => Promise<void> },
    ): Promise<Application> {
      return storage.write(async (tx) => {
        await allow(tx);
        const row = await store.holdApplication(tx, id);
        if (row === undefined) throw new UserError('application_unknown');
        const { id: _, ...before } = settingsOf(row);
        if (before.rulesLocked && !mayUnlock) throw new UserError('rules_locked');
        if (!areSameRules(rulesOf(before), shown)) throw new UserError('rules_changed');
        const settings = rulesWithin(before, wanted);
        await store.putApplication(tx, { id, status: 'open', settings: JSON.stringify(settings) });
        return { id, ...settings };
      });
    },
  };
}

/**
 * The settings with other rules, and everything else as it is.
 * @throws {SettingsProblem}
 */
export function rulesWithin(before: ApplicationSettings, wanted: unknown): ApplicationSettings {
  const { policy, quota, reserved } = wanted as Record<string, unknown>;
  return checkApplication({ ...before, policy, quota, rule: { ...before.rule, reserved } });
}
