import { parseWords } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import type { Profiles } from '../profiles/profiles.ts';
import { isId, randomId } from '../storage/seal.ts';
import type { Actor } from './actor.ts';
import type { Decide } from './decide.ts';
import { checkWhy, DECISION_WORDS, reasonFor, type Why } from './decisions.ts';
import type { LogEntry, ProfileLog } from './log.ts';
import type { OwnerTelling } from './telling.ts';

/** So many such decisions stand on one profile at most (P8): what they hold for is kept in one row of the person's. */
const BARS_MAX = 5;

type Needs = {
  decide: Decide;
  log: ProfileLog;
  profiles: Pick<Profiles, 'moderated'>;
  telling: OwnerTelling;
};

/** The decisions of a history that hold for the person behind its profile and were not taken back. */
export function barsIn(history: readonly LogEntry[]): LogEntry[] {
  const undone = new Set(
    history
      .filter(({ kind }) => kind === 'bar_lifted' || kind === 'appeal_granted')
      .map(({ detail }) => detail?.['of']),
  );
  return history.filter(({ id, kind }) => kind === 'barred' && !undone.has(id));
}

/**
 * Decisions about a profile that hold for the person behind it, undisclosed: moderators see that such a decision stands
 * on the profile it was made about, and never what it does or whether it does anything. All throw the codes of
 * `makeDecide`, and `profile_changed` once nobody owns the profile.
 */
export function makePersonActions({ decide, log, profiles: { moderated }, telling }: Needs) {
  return {
    /**
     * No new profile here, and with `others` all their other profiles here are refused, each from a time of its own on.
     * @throws {UserError} choice_required, reason_unknown, words_too_many{max}, bars_full{max}
     */
    async bar(
      actor: Actor,
      applicationId: string,
      profileId: string,
      why: Why & { readonly noNew: boolean; readonly others: boolean },
    ): Promise<void> {
      const { noNew, others } = why;
      if (!noNew && !others) throw new UserError('choice_required');
      await decide(actor, applicationId, profileId, async (tx, { application, profile, owner }) => {
        const kept = checkWhy(application, why);
        // Counted by what stands on this profile, and not by what the person holds: that would tell of their others.
        const standing = barsIn(await log.of(profileId, tx));
        if (standing.length >= BARS_MAX) throw new UserError('bars_full', { max: BARS_MAX });
        const id = randomId();
        if (!(await moderated.bar(tx, profileId, { id, noNew, others }))) throw new UserError('profile_changed');
        await log.write(tx, {
          id,
          applicationId,
          profileId,
          kind: 'barred',
          by: actor.accountId,
          ...kept,
          detail: { noNew: noNew ? 'yes' : 'no', others: others ? 'yes' : 'no' },
        });
        if (owner === undefined) return;
        const values = { application: application.name, name: profile.name, profile: profileId, words: kept.words };
        await telling.tell(tx, owner, {
          kind: 'profile_barred',
          detail: { application: application.name, profile: profile.name },
          letter: { kind: 'profile_barred', values: { ...values, reason: reasonFor(owner, kept) } },
        });
      });
    },

    /**
     * Takes such a decision back, for all that it holds for.
     * @throws {UserError} decision_unknown, words_too_many{max}
     */
    async liftBar(
      actor: Actor,
      applicationId: string,
      profileId: string,
      { of, words: text }: { readonly of: string; readonly words: string },
    ): Promise<void> {
      await decide(actor, applicationId, profileId, async (tx, { application, profile, owner }) => {
        const words = parseWords(text, DECISION_WORDS);
        const bars = barsIn(await log.of(profileId, tx));
        if (!isId(of) || bars.every(({ id }) => id !== of)) throw new UserError('decision_unknown');
        if (!(await moderated.liftBar(tx, profileId, of))) throw new UserError('profile_changed');
        await log.write(tx, {
          applicationId,
          profileId,
          kind: 'bar_lifted',
          by: actor.accountId,
          words,
          detail: { of },
        });
        await telling.tell(tx, owner, {
          kind: 'profile_bar_lifted',
          detail: { application: application.name, profile: profile.name },
          letter: {
            kind: 'profile_bar_lifted',
            values: { application: application.name, name: profile.name, profile: profileId, words },
          },
        });
      });
    },
  };
}
