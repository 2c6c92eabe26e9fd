import type { Db } from '../storage/storage.ts';
import { makeCases } from './cases.ts';
import type { RegisterNeeds } from './needs.ts';

export { CASE_WORDS, type Case, type CaseSeen } from './cases.ts';

export type Register = ReturnType<typeof makeRegister>;

/** What administrators are asked to look into, and what is written down for good about looking behind profiles. */
export function makeRegister(needs: RegisterNeeds) {
  const cases = makeCases(needs);

  return {
    /** What moderators refer to the administrators. */
    cases,

    /** Whether it is still to be known who owned a profile, though it was deleted: while a case about it is open. */
    isHeld: (db: Db, profileId: string): Promise<boolean> => cases.isOpenAbout(db, profileId),
  };
}
