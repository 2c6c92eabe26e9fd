import type { Storage } from '../storage/storage.ts';
import type { Account } from './account.ts';
import { makeGroupStore } from './store.ts';

/** Of whom the house asks a second factor; `optional`: of whom a group or an application asks it. */
export type FactorPolicy = 'optional' | 'administrators' | 'everyone';

/** Who must have a second factor, by the rules of the house and of groups; applications have their own. */
export function makeFactorRule({ storage, factorPolicy }: { storage: Storage; factorPolicy: FactorPolicy }) {
  const groups = makeGroupStore(storage);

  /** Whether this account must have one, whether it has or not. */
  return async function mustHaveSecondFactor({ id, role }: Pick<Account, 'id' | 'role'>): Promise<boolean> {
    if (factorPolicy === 'everyone') return true;
    if (factorPolicy === 'administrators' && role === 'administrator') return true;
    return groups.asksSecondFactor(id);
  };
}
