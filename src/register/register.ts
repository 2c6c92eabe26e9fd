import type { Db } from '../storage/storage.ts';
import { makeAuthorities } from './authorities.ts';
import { makeCases } from './cases.ts';
import { makeChain } from './chain.ts';
import { csvOf } from './export.ts';
import type { RegisterNeeds } from './needs.ts';
import { makeUnsealings } from './unsealing.ts';

export type { Unanswered } from './authorities.ts';
export type { Case } from './cases.ts';
export { headText, parseHead, type Entry, type Fault } from './chain.ts';
export { ANSWERS, REGISTER_KINDS, UNTOLD, type RegisterContent, type Unsealed } from './entries.ts';
export type { Shown, ShownProfile } from './showing.ts';
export type { Unsealing } from './unsealing.ts';

export type Register = ReturnType<typeof makeRegister>;

/** What administrators are asked to look into, and what is written down for good about looking behind profiles. */
export function makeRegister(needs: RegisterNeeds) {
  const cases = makeCases(needs);
  const chain = makeChain(needs);
  const unsealings = makeUnsealings({ ...needs, chain });

  return {
    /** What moderators refer to the administrators. */
    cases,
    /** Looking behind a profile, by two administrators. */
    unsealings,
    /** What authorities ask. */
    authorities: makeAuthorities({ ...needs, chain }),

    /**
     * Whether it is still to be known who owned a profile, though it was deleted: while a case about it is open, or an
     * unsealing on its way, or its owner to be told of one.
     */
    async isHeld(db: Db, profileId: string): Promise<boolean> {
      return (await cases.isOpenAbout(db, profileId)) || unsealings.isAbout(db, profileId);
    },

    /** `limit` entries of the register before a number, or the last ones, the latest first. */
    latest: chain.latest,
    /** One entry; undefined where there is none. */
    find: (number: number) => chain.find(number),
    /** The number and the hash of the last entry. */
    head: () => chain.head(),
    /** Goes through the register and says what is wrong with it: see `chain.ts`. */
    verify: chain.verify.bind(chain),
    /** All of it as lines of comma-separated values, the first with the names of the columns. */
    csv: (): AsyncGenerator<string> => csvOf(chain),
  };
}
