import { parseWords } from '../accounts/accounts.ts';
import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { shapeOf } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { nameUnder, type NewProfile } from './create.ts';
import type { Entering } from './entering.ts';
import { MONTH_DAYS } from './entrance.ts';
import type { Tell } from './happening.ts';
import { dayOf } from '../days.ts';
import { without, withinDays } from './holding.ts';
import type { Ownership } from './ownership.ts';
import { PETITION_LENGTH, requestOfRow, sealPetition, type ProfileRequest } from './petition.ts';
import type { Profile } from './profile.ts';
import { makeRequestStore } from './request-store.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

type Needs = {
  entering: Entering;
  storage: Storage;
  seals: Seals;
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
  now: () => number;
  tell: Tell;
  onWiped: (tx: Db, profileId: string) => Promise<void>;
};

/** Asking for a profile, and what its owner does while it waits. */
export function makeProfileRequests({ entering, storage, seals, store, ownership, now, tell, onWiped }: Needs) {
  const requests = makeRequestStore(storage);

  /** Forgets a profile that still waits, frees its name, and counts it no more, all in the caller's transaction. */
  async function forget(tx: Db, row: ProfileRow, accountId: string): Promise<boolean> {
    if ((await store.hold(tx, row.id))?.status !== 'requested') return false;
    await onWiped(tx, row.id);
    await store.remove(tx, row.id, 'requested');
    await requests.remove(tx, row.id);
    await store.freeShape(tx, row.applicationId, shapeOf(row.name));
    const today = dayOf(now());
    await ownership.change('own', tx, accountId, row.applicationId, (held) => ({
      ...without(held, row.id, today),
      withdrawnDays: [...withinDays(held.withdrawnDays, MONTH_DAYS, today), today],
    }));
    await tell(tx, {
      applicationId: row.applicationId,
      profileId: row.id,
      kind: 'withdrawn',
      detail: { name: row.name },
    });
    return true;
  }

  /** @throws {UserError} profile_unavailable where it is not the account's */
  async function own(accountId: string, profileId: string): Promise<ProfileRow> {
    const row = await store.find(profileId);
    if (row === undefined || ownership.owner('own', row) !== accountId) throw new UserError('profile_unavailable');
    return row;
  }

  return {
    /**
     * Asks for a profile: its name is kept until somebody says no. An urgent one is active at once where the application
     * says so; where the policy has come to ask for no yes any more, so is every one.
     * @throws {UserError} urgent_used, words_too_many {max}, profile_requests_full {max}, refused_often {max},
     * withdrawn_often {max}, and the codes of `create` but approval_needed
     */
    async request(
      accountId: string,
      application: Application,
      wanted: NewProfile & { readonly words: string; readonly urgent: boolean },
    ): Promise<Profile> {
      const words = parseWords(wanted.words, PETITION_LENGTH.words);
      const today = dayOf(now());
      return entering.add(accountId, application.id, { note: wanted.note, isInvited: false }, (rules, entrance) => {
        if (entrance.kind === 'refused') throw new UserError(entrance.code, entrance.params);
        const name = nameUnder(rules, wanted);
        if (entrance.kind === 'create') {
          const also = (tx: Db, { id: profileId, applicationId }: ProfileRow): Promise<void> =>
            tell(tx, { applicationId, profileId, kind: 'created' });
          return { name, status: 'active', source: 'created', also };
        }
        if (wanted.urgent && !entrance.mayBeUrgent) throw new UserError('urgent_used');
        const isGiven = wanted.urgent && rules.moderation.urgentAtOnce;
        return {
          name,
          status: isGiven ? 'active' : 'requested',
          source: 'requested',
          ...(wanted.urgent ? { holds: { urgentDay: today } } : {}),
          async also(tx, { id: profileId, applicationId }) {
            await requests.insert(tx, {
              profileId,
              applicationId,
              status: isGiven ? 'review' : 'waiting',
              urgent: wanted.urgent,
              told: false,
              day: today,
              sealed: sealPetition(seals, profileId, { words }),
            });
            await tell(tx, { applicationId, profileId, kind: isGiven ? 'given_at_once' : 'requested', words });
          },
        };
      });
    },

    /**
     * Takes a request back: its name is free again where no old names were imported, and nothing of it stays.
     * @throws {UserError} profile_unavailable, request_gone where it was decided meanwhile
     */
    async withdraw(accountId: string, profileId: string): Promise<void> {
      const row = await own(accountId, profileId);
      const done = await storage.write((tx) => forget(tx, row, accountId));
      if (!done) throw new UserError('request_gone');
    },

    /**
     * Answers what the moderators asked.
     * @throws {UserError} profile_unavailable, request_gone where nothing is asked any more, words_too_few {min},
     * words_too_many {max}
     */
    async answer(accountId: string, profileId: string, words: string): Promise<void> {
      const { applicationId } = await own(accountId, profileId);
      const answer = parseWords(words, PETITION_LENGTH.answer);
      await storage.write(async (tx) => {
        const before = await requests.find(profileId, tx);
        if (before?.status !== 'asked') throw new UserError('request_gone');
        const { words: asked, question } = requestOfRow(seals, before);
        const petition = { words: asked, answer, ...(question === undefined ? {} : { question }) };
        const sealed = sealPetition(seals, profileId, petition);
        if (!(await requests.replace(tx, before, { status: 'waiting', told: false, sealed })))
          throw new UserError('request_gone');
        await tell(tx, { applicationId, profileId, kind: 'answered', words: answer });
      });
    },

    /** What was asked and answered about a profile that waits, or was given at once and is not looked at yet. */
    async requestOf(profileId: string): Promise<ProfileRequest | undefined> {
      const row = await requests.find(profileId);
      return row === undefined ? undefined : requestOfRow(seals, row);
    },

    /** How many profiles wait for the application's moderators. */
    requestsWaiting: (applicationId: string): Promise<number> => requests.count(applicationId),

    forgetRequest: forget,
  };
}
