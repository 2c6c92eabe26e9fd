import { parseWords } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import { isId, randomId } from '../storage/seal.ts';
import type { Db } from '../storage/storage.ts';
import { makeCaseStore, type CaseEntry, type CaseRow } from './case-store.ts';
import type { RegisterNeeds } from './needs.ts';

/** How long what is written in a case may be, in characters. */
export const CASE_WORDS = {
  referral: { min: 10, max: 2000 },
  note: { min: 1, max: 2000 },
  outcome: { min: 1, max: 500 },
} as const;

/** So many entries a case may have (P8). */
const ENTRIES_MAX = 200;

/** A profile that a moderator refers to the administrators. `by`: the account of who does. */
export type Referral = {
  readonly profileId: string;
  readonly by: string;
  readonly reason?: { readonly fr: string; readonly en: string } | undefined;
  readonly words: string;
};

/** A case without the person: nothing in it leads to who owns the profile. Days are ISO dates, `by` are accounts. */
export type Case = Pick<CaseRow, 'id' | 'applicationId' | 'profileId' | 'status' | 'day'> & {
  readonly entries: readonly CaseEntry[];
  readonly outcome?: CaseEntry | undefined;
};

/** What moderators see of a case: that there is one, and what came of it. */
export type CaseSeen = Pick<CaseRow, 'day' | 'status'> & { readonly closedDay?: string; readonly outcome?: string };

const told = ({ id, applicationId, profileId, status, day, content }: CaseRow): Case => ({
  id,
  applicationId,
  profileId,
  status,
  day,
  entries: content.entries,
  outcome: content.outcome,
});

/** What moderators refer to the administrators: one open case for a profile at most. */
export function makeCases({ storage, seals, now, administrators, profiles, logProfile }: RegisterNeeds) {
  const store = makeCaseStore({ storage, seals });
  const today = (): string => dayOf(now());

  /** The open case, as it is now, for an administrator who may work on it. */
  async function openOne(tx: Db, by: string, id: string): Promise<CaseRow> {
    await administrators.require(tx, by);
    const row = isId(id) ? await store.find(id, tx) : undefined;
    if (row?.status !== 'open') throw new UserError('case_gone');
    return row;
  }

  /** Nobody decides about themselves. Whose a profile is does not change: it is asked before the transaction. */
  async function checkImpartial(by: string, id: string): Promise<void> {
    const row = isId(id) ? await store.find(id) : undefined;
    if (row !== undefined && (await profiles.isOwn(by, row.profileId))) throw new UserError('own_profile');
  }

  async function replace(tx: Db, row: CaseRow, after: Pick<CaseRow, 'status' | 'content'>): Promise<void> {
    if (!(await store.replace(tx, row, after))) throw new UserError('case_gone');
  }

  return {
    /**
     * Refers a profile to the administrators, in a transaction of the caller's, who has checked that `by` may. Where a
     * case about it is open, this adds to it; for a new one the administrators get a letter.
     * @throws {UserError} profile_unavailable, case_full{max}, words_too_few{min}, words_too_many{max}
     */
    async open(tx: Db, { profileId, by, reason, words }: Referral): Promise<{ id: string; isNew: boolean }> {
      const entry: CaseEntry = {
        kind: 'referred',
        by,
        day: today(),
        words: parseWords(words, CASE_WORDS.referral),
        ...(reason === undefined ? {} : { reason: { fr: reason.fr, en: reason.en } }),
      };
      const applicationId = isId(profileId) ? await store.lockProfile(tx, profileId) : undefined;
      if (applicationId === undefined) throw new UserError('profile_unavailable');
      const standing = (await store.ofProfile(profileId, tx)).find(({ status }) => status === 'open');
      if (standing !== undefined) {
        const entries = [...standing.content.entries, entry];
        if (entries.length > ENTRIES_MAX) throw new UserError('case_full', { max: ENTRIES_MAX });
        await replace(tx, standing, { status: 'open', content: { ...standing.content, entries } });
        return { id: standing.id, isNew: false };
      }
      const id = randomId();
      await store.insert(tx, {
        id,
        applicationId,
        profileId,
        status: 'open',
        day: entry.day,
        content: { entries: [entry] },
      });
      await administrators.tell(tx, { kind: 'case_referred', values: {} });
      return { id, isNew: true };
    },

    /** Whether a case about the profile is open: who owned it is not forgotten meanwhile. */
    isOpenAbout: (db: Db, profileId: string): Promise<boolean> => store.isOpenAbout(db, profileId),

    /** What the moderators of its application see of the cases about a profile, the latest first. */
    async ofProfile(profileId: string): Promise<CaseSeen[]> {
      return (await store.ofProfile(profileId)).map(({ day, status, content: { outcome } }) => ({
        day,
        status,
        ...(outcome === undefined ? {} : { closedDay: outcome.day, outcome: outcome.words }),
      }));
    },

    /** How many cases are open. */
    countOpen: (): Promise<number> => store.count('open'),

    /** Cases, the oldest open one first, the latest closed one first. `page` counts from 1, with `size` on each. */
    async list(status: 'open' | 'closed', page: number, size: number): Promise<{ cases: Case[]; total: number }> {
      const rows = await store.page(status, (page - 1) * size, size);
      return { cases: rows.map(told), total: await store.count(status) };
    },

    /** One case; undefined where there is none. */
    async find(id: string): Promise<Case | undefined> {
      const row = isId(id) ? await store.find(id) : undefined;
      return row === undefined ? undefined : told(row);
    },

    /**
     * An administrator writes something into an open case.
     * @throws {UserError} forbidden, own_profile, case_gone, case_full{max}, words_too_few{min}, words_too_many{max}
     */
    async note(by: string, id: string, text: string): Promise<void> {
      const words = parseWords(text, CASE_WORDS.note);
      await checkImpartial(by, id);
      await storage.write(async (tx) => {
        const row = await openOne(tx, by, id);
        const entries = [...row.content.entries, { kind: 'noted' as const, by, day: today(), words }];
        if (entries.length > ENTRIES_MAX) throw new UserError('case_full', { max: ENTRIES_MAX });
        await replace(tx, row, { status: 'open', content: { ...row.content, entries } });
      });
    },

    /**
     * An administrator closes a case; the moderators read the words of its outcome on the profile and in its log.
     * @throws {UserError} forbidden, own_profile, case_gone, words_too_few{min}, words_too_many{max}
     */
    async close(by: string, id: string, text: string): Promise<void> {
      const words = parseWords(text, CASE_WORDS.outcome);
      await checkImpartial(by, id);
      await storage.write(async (tx) => {
        const row = await openOne(tx, by, id);
        const outcome: CaseEntry = { kind: 'noted', by, day: today(), words };
        await replace(tx, row, { status: 'closed', content: { ...row.content, outcome } });
        const { applicationId, profileId } = row;
        await logProfile(tx, { applicationId, profileId, kind: 'case_closed', by, words });
      });
    },
  };
}
