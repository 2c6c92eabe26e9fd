import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import type { Profiles } from '../profiles/profiles.ts';
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

/** That somebody is to be told later, at `due` (milliseconds), what administrators looked at. */
export type TellLater = {
  readonly kind: 'tell-unsealed';
  readonly due: number;
  readonly about: Record<string, string>;
};

export type RegisterNeeds = {
  storage: Storage;
  seals: Seals;
  /** The time in milliseconds. */
  now: () => number;
  /** Days after which a person is told that administrators looked behind a profile of theirs. */
  noticeDays: number;
  accounts: Pick<Accounts, 'find' | 'hold' | 'tell' | 'timeline' | 'connectionsOf'>;
  accountLog: Pick<Accounts['log'], 'hourOfLatest' | 'list'>;
  administrators: Accounts['administrators'];
  applications: Pick<Applications, 'find' | 'list'>;
  profiles: Pick<Profiles, 'find' | 'isOwn' | 'isOwned' | 'ownerToTell' | 'ownerBehind' | 'behind'>;
  /** Writes into the log of a profile, in the transaction `tx`. */
  logProfile: (tx: Db, entry: CaseClosed) => Promise<unknown>;
  addErrand: (tx: Db, errand: TellLater) => Promise<void>;
};
