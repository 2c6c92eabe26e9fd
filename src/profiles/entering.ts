import type { Application, Applications } from '../applications/applications.ts';
import { canonicalName, shapeOf } from '../names.ts';
import { UserError } from '../errors.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { entranceOf, type Entrance, type RequestLimits } from './entrance.ts';
import { dayOf } from '../days.ts';
import type { Holding } from './holding.ts';
import type { Ownership } from './ownership.ts';
import { checkNote, CLEAR, newAliasLocal, newSubject, profileOf, sealDetails, type Profile } from './profile.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

/** Compare-and-set is tried this often; each failure means that somebody else's creation went through. */
const TRIES = 200;

export type EnteringNeeds = {
  applications: Pick<Applications, 'inForce'>;
  limits: RequestLimits;
  storage: Storage;
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
  seals: Seals;
  now: () => number;
};

/** How a profile is added, decided under the rules of the moment. */
export type Plan = Pick<ProfileRow, 'name' | 'status' | 'source'> & {
  /** What else the account holds from then on. */
  readonly holds?: Partial<Pick<Holding, 'urgentDay'>>;
  /** What else is written in the same transaction. */
  readonly also: (tx: Db, row: ProfileRow) => Promise<void>;
};

export type Entering = ReturnType<typeof makeEntering>;

/** Adding a profile to what an account holds, whatever the policy: the name by P3, the number by P7. */
export function makeEntering({ applications, limits, storage, store, ownership, seals, now }: EnteringNeeds) {
  return {
    /** What the account may do at the application at this moment. Creating and asking look again. */
    async entrance(accountId: string, application: Application): Promise<Entrance> {
      const { value } = await ownership.read('create', storage.read, accountId, application.id);
      const ids = value.profiles.map(({ id }) => id);
      const profiles = await store.findMany(storage.read, ids);
      return entranceOf(application, { value, profiles }, limits, dayOf(now()));
    },

    /**
     * Adds a profile as `plan` says, which is asked under the rules that hold until the transaction ends and may throw.
     * Fifty at once with one place left make exactly one, on any number of nodes: the holding is compared and set in the
     * same transaction.
     * @throws {UserError} name_taken, note_too_long {max}, application_unknown, and what `plan` throws
     */
    async add(
      accountId: string,
      applicationId: string,
      wanted: { readonly note: string; readonly isInvited: boolean },
      plan: (rules: Application, entrance: Entrance) => Plan,
    ): Promise<Profile> {
      const id = randomId();
      const today = dayOf(now());
      const blank = {
        id,
        applicationId,
        subject: newSubject(),
        aliasLocal: newAliasLocal(),
        createdDay: today,
        retiredDay: null,
        ownerSealed: ownership.sealOwner(id, accountId),
        sealed: sealDetails(seals, id, { note: checkNote(wanted.note), groups: [], standing: CLEAR }),
      };
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const made = await storage.write(async (tx) => {
          const rules = await applications.inForce(tx, applicationId);
          const before = await ownership.read('create', tx, accountId, applicationId);
          const ids = before.value.profiles.map((entry) => entry.id);
          const profiles = await store.findMany(tx, ids);
          const held = { value: before.value, profiles };
          const { name, status, source, holds, also } = plan(
            rules,
            entranceOf(rules, held, limits, today, wanted.isInvited),
          );
          const row: ProfileRow = { ...blank, name, nameKey: canonicalName(name), status, source };
          const after = { ...before.value, ...holds, profiles: [...before.value.profiles, { id }] };
          // The holding first: transactions of one account then wait for one another here and nowhere else.
          if (!(await ownership.write('create', tx, before, after))) return undefined;
          if (!(await store.takeShape(tx, applicationId, shapeOf(name)))) throw new UserError('name_taken');
          await store.insert(tx, row);
          await also(tx, row);
          return row;
        });
        if (made !== undefined) return profileOf(seals, made, now());
      }
      throw new Error('a holding changed too often');
    },
  };
}
