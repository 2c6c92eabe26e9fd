import type { Profiles } from '../profiles/profiles.ts';
import { isAppealable, undoneIn, type Appeals } from './appeals.ts';
import type { LogEntry, LogKind, ProfileLog } from './log.ts';

/** What somebody reads of what happened to a profile of theirs; never who decided. Days are ISO dates. */
export type OwnEntry = {
  readonly id: string;
  readonly day: string;
  readonly kind: LogKind;
  readonly reason?: { readonly fr: string; readonly en: string };
  readonly words?: string;
  readonly detail?: Readonly<Record<string, string>>;
  /** Whether it was taken back later. */
  readonly isUndone: boolean;
  /** Whether its owner may say something against it. */
  readonly mayAppeal: boolean;
  readonly appeal?: OwnAppeal;
};

/** What they said against it, and what came of that. */
export type OwnAppeal = {
  readonly day: string;
  readonly words: string;
  readonly outcome?: { readonly granted: boolean; readonly words: string; readonly day: string };
};

/** Why a profile is refused that nothing was decided about: a decision about another one of theirs here. */
export type Because = { readonly profileId: string; readonly name: string } | 'forgotten';

type Needs = {
  appeals: Pick<Appeals, 'ofProfile'>;
  log: ProfileLog;
  profiles: Pick<Profiles, 'own'>;
};

/** What moderators write for one another alone. */
const HIDDEN: ReadonlySet<LogKind> = new Set(['note']);

/** What the owner of a profile reads of what its moderators did. */
export function makeOwnersView({ appeals, log, profiles }: Needs) {
  /** The words of a referral are for the administrators: they may be about somebody who complained. */
  function told({ id, day, kind, reason, words, detail }: LogEntry): Omit<OwnEntry, 'isUndone' | 'mayAppeal'> {
    const isWritten = words !== undefined && words !== '' && kind !== 'referred';
    return {
      id,
      day,
      kind,
      ...(reason === undefined ? {} : { reason }),
      ...(isWritten ? { words } : {}),
      ...(detail === undefined ? {} : { detail }),
    };
  }

  async function historyOf(profileId: string): Promise<OwnEntry[]> {
    const [history, rows] = await Promise.all([log.of(profileId), appeals.ofProfile(profileId)]);
    const undone = undoneIn(history);
    return history
      .filter(({ kind }) => !HIDDEN.has(kind))
      .map((entry) => {
        const row = rows.find(({ id }) => id === entry.id);
        const isUndone = undone.has(entry.id);
        const common = { ...told(entry), isUndone, mayAppeal: isAppealable(entry) && row === undefined && !isUndone };
        if (row === undefined) return common;
        const { words, outcome } = row.content;
        const answer = outcome && { granted: outcome.granted, words: outcome.words, day: outcome.day };
        return { ...common, appeal: { day: row.day, words, ...(answer === undefined ? {} : { outcome: answer }) } };
      });
  }

  return {
    /**
     * What happened to a profile of one's own, the oldest first, and why it is refused where nothing was decided about
     * it.
     * @throws {UserError} profile_unavailable
     */
    async of(
      accountId: string,
      profileId: string,
    ): Promise<{ history: readonly OwnEntry[]; because: Because | undefined }> {
      const { refusedBy } = await profiles.own(accountId, profileId);
      const history = await historyOf(profileId);
      if (refusedBy === undefined || history.some(({ id }) => id === refusedBy)) return { history, because: undefined };
      const decision = await log.entry(refusedBy);
      if (decision === undefined || decision.profileId === profileId) return { history, because: 'forgotten' };
      const about = await profiles.own(accountId, decision.profileId).catch(() => undefined);
      return { history, because: about === undefined ? 'forgotten' : { profileId: about.id, name: about.name } };
    },

    /** All that the log and the appeals keep of these profiles, for their owner to take along. */
    async dataOf(profileIds: readonly string[]): Promise<Readonly<Record<string, readonly OwnEntry[]>>> {
      const found: Record<string, readonly OwnEntry[]> = {};
      for (const profileId of profileIds) found[profileId] = await historyOf(profileId);
      return found;
    },
  };
}
