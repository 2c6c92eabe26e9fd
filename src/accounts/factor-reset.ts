import { z } from 'zod';
import type { Db } from '../storage/storage.ts';
import type { Account } from './account.ts';
import { FACTOR_KINDS, type Credentials, type FactorKind } from './credentials.ts';
import type { Mailboxes } from './mailboxes.ts';

export type FactorReset = ReturnType<typeof makeFactorReset>;

/**
 * Takes the second factor from an account whose owner lost it, recovery codes included; they are told of each kind. In
 * the transaction of the new password, and nowhere else.
 * @returns the kinds there were.
 */
export function makeFactorReset({ credentials, mailboxes }: { credentials: Credentials; mailboxes: Mailboxes }) {
  return async function resetFactors(tx: Db, account: Account): Promise<FactorKind[]> {
    const removed: FactorKind[] = [];
    for (const kind of FACTOR_KINDS)
      if ((await credentials.list(account.id, kind, z.unknown(), tx)).length > 0) removed.push(kind);
    await credentials.removeAll(tx, account.id, [...FACTOR_KINDS, 'recovery-code']);
    for (const method of removed)
      await mailboxes.tell(tx, account, { kind: 'factor_removed', values: { login_name: account.loginName, method } });
    return removed;
  };
}
