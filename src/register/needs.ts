import type { Accounts } from '../accounts/accounts.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';

/** What is written in the log of a profile when its case is closed. */
export type CaseClosed = {
  readonly applicationId: string;
  readonly profileId: string;
  readonly kind: 'case_closed';
  readonly by: string;
  readonly words: string;
};

export type RegisterNeeds = {
  storage: Storage;
  seals: Seals;
  /** The time in milliseconds. */
  now: () => number;
  administrators: Accounts['administrators'];
  /** Whether a profile is the account's own. */
  isOwn: (accountId: string, profileId: string) => Promise<boolean>;
  /** Writes into the log of a profile, in the transaction `tx`. */
  logProfile: (tx: Db, entry: CaseClosed) => Promise<unknown>;
};
