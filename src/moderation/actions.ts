import { parseWords, type Account } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import type { Profiles } from '../profiles/profiles.ts';
import { randomId } from '../storage/seal.ts';
import type { Db } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import type { Decide, Matter } from './decide.ts';
import { BLOCK_DAYS, checkWhy, DECISION_WORDS, NOTE_WORDS, reasonFor, type KeptWhy, type Why } from './decisions.ts';
import type { LogKind, ProfileLog } from './log.ts';
import type { OwnerTelling, Telling } from './telling.ts';

const DAY = 86_400_000;

/** Opens a case for the administrators, or adds to the one that is open, in the transaction `tx`. */
export type OpenCase = (
  tx: Db,
  referral: {
    readonly profileId: string;
    readonly by: string;
    readonly reason: { readonly fr: string; readonly en: string };
    readonly words: string;
  },
) => Promise<unknown>;

type Needs = {
  decide: Decide;
  log: ProfileLog;
  now: () => number;
  profiles: Pick<Profiles, 'moderated'>;
  telling: OwnerTelling;
  openCase: OpenCase;
};

/** Throws where what was to be changed had been changed by somebody else. */
function must(done: boolean): void {
  if (!done) throw new UserError('profile_changed');
}

/**
 * What moderators decide about a profile. Each is written in the profile's log; its owner is told by a letter and in
 * their timeline, with the reason, and never who decided. All throw the codes of `makeDecide`, and `profile_changed`
 * where the profile is not, or no longer, in a state for it.
 */
export function makeActions({ decide, log, now, profiles: { moderated }, telling, openCase }: Needs) {
  /** Writes down a decision that was just made under this id, in its transaction. */
  async function write(
    tx: Db,
    id: string,
    kind: LogKind,
    { application, profile }: Matter,
    actor: Actor,
    rest: { reason?: KeptWhy['reason']; words?: string; detail?: Record<string, string> } = {},
  ): Promise<void> {
    await log.write(tx, {
      id,
      applicationId: application.id,
      profileId: profile.id,
      kind,
      by: actor.accountId,
      ...rest,
    });
  }

  /** What every line of the timeline and every letter about a decision says. */
  const common = ({ application, profile }: Matter, words: string) => ({
    detail: { application: application.name, profile: profile.name },
    values: { application: application.name, name: profile.name, profile: profile.id, words },
  });

  /** Tells the owner, if there is one, what `what` makes of them. */
  async function tell(tx: Db, { owner }: Matter, what: (owner: Account) => Telling): Promise<void> {
    if (owner !== undefined) await telling.tell(tx, owner, what(owner));
  }

  return {
    /**
     * Writes something down for the moderators of the application; nobody else reads it.
     * @throws {UserError} profile_log_full{max}, words_too_few{min}, words_too_many{max}
     */
    note(actor: Actor, applicationId: string, profileId: string, words: string): Promise<void> {
      return decide(actor, applicationId, profileId, async (tx, matter) => {
        await log.checkRoom(tx, profileId);
        await write(tx, randomId(), 'note', matter, actor, { words: parseWords(words, NOTE_WORDS) });
      });
    },

    /**
     * Warns: the owner has to say that they have read it before they go on with this profile.
     * @throws {UserError} profile_log_full{max}, reason_unknown, words_too_many{max}
     */
    warn(actor: Actor, applicationId: string, profileId: string, why: Why): Promise<void> {
      return decide(actor, applicationId, profileId, async (tx, matter) => {
        await log.checkRoom(tx, profileId);
        const kept = checkWhy(matter.application, why);
        const id = randomId();
        must(await moderated.warn(tx, profileId, id));
        await write(tx, id, 'warned', matter, actor, kept);
        const { detail, values } = common(matter, kept.words);
        await tell(tx, matter, (owner) => ({
          kind: 'profile_warned',
          detail,
          letter: { kind: 'profile_warned', values: { ...values, reason: reasonFor(owner, kept) } },
        }));
      });
    },

    /**
     * Blocks for so many days, or for good without: sign-ins and access end at once.
     * @throws {UserError} reason_unknown, words_too_many{max}, days_invalid{min, max}
     */
    async block(
      actor: Actor,
      applicationId: string,
      profileId: string,
      why: Why & { readonly days?: number | undefined },
    ): Promise<void> {
      const { days } = why;
      if (days !== undefined && !(Number.isInteger(days) && days >= BLOCK_DAYS.min && days <= BLOCK_DAYS.max))
        throw new UserError('days_invalid', BLOCK_DAYS);
      await decide(actor, applicationId, profileId, async (tx, matter) => {
        const kept = checkWhy(matter.application, why);
        const id = randomId();
        const until = days === undefined ? undefined : now() + days * DAY;
        must(await moderated.block(tx, profileId, { id, ...(until === undefined ? {} : { until }) }));
        const day = until === undefined ? '' : dayOf(until);
        await write(tx, id, 'blocked', matter, actor, { ...kept, ...(day === '' ? {} : { detail: { until: day } }) });
        const { detail, values } = common(matter, kept.words);
        await tell(tx, matter, (owner) => ({
          kind: 'profile_blocked',
          detail,
          letter: { kind: 'profile_blocked', values: { ...values, reason: reasonFor(owner, kept), day } },
        }));
      });
      await moderated.ended(profileId);
    },

    /**
     * Takes the block back.
     * @throws {UserError} words_too_many{max}
     */
    unblock(actor: Actor, applicationId: string, profileId: string, text: string): Promise<void> {
      return decide(actor, applicationId, profileId, async (tx, matter) => {
        const words = parseWords(text, DECISION_WORDS);
        must(await moderated.unblock(tx, profileId));
        const of = matter.profile.standing.blocked?.id;
        await write(tx, randomId(), 'unblocked', matter, actor, {
          words,
          ...(of === undefined ? {} : { detail: { of } }),
        });
        const { detail, values } = common(matter, words);
        await tell(tx, matter, () => ({
          kind: 'profile_unblocked',
          detail,
          letter: { kind: 'profile_unblocked', values },
        }));
      });
    },

    /**
     * Gives the profile another name, or without one has its owner choose. The old name stays taken.
     * @throws {UserError} reason_unknown, words_too_many{max}, name_taken, and the codes of `checkName`
     */
    rename(
      actor: Actor,
      applicationId: string,
      profileId: string,
      why: Why & { readonly name?: string | undefined },
    ): Promise<void> {
      return decide(actor, applicationId, profileId, async (tx, matter) => {
        const kept = checkWhy(matter.application, why);
        const id = randomId();
        const { name } = why;
        const { detail, values } = common(matter, kept.words);
        if (name === undefined) {
          must(await moderated.rename(tx, profileId, id));
          await write(tx, id, 'rename_asked', matter, actor, kept);
          return tell(tx, matter, (owner) => ({
            kind: 'profile_rename_asked',
            detail,
            letter: { kind: 'profile_rename_asked', values: { ...values, reason: reasonFor(owner, kept) } },
          }));
        }
        must(await moderated.rename(tx, profileId, id, name));
        const names = { before: matter.profile.name, after: name };
        await write(tx, id, 'renamed', matter, actor, { ...kept, detail: names });
        return tell(tx, matter, (owner) => ({
          kind: 'profile_renamed',
          detail: { ...detail, name },
          letter: { kind: 'profile_renamed', values: { ...values, new_name: name, reason: reasonFor(owner, kept) } },
        }));
      });
    },

    /**
     * Deletes the profile at once. Who owned it is forgotten later; until then a colleague may grant an appeal.
     * @throws {UserError} reason_unknown, words_too_many{max}
     */
    async remove(actor: Actor, applicationId: string, profileId: string, why: Why): Promise<void> {
      await decide(actor, applicationId, profileId, async (tx, matter) => {
        const kept = checkWhy(matter.application, why);
        const id = randomId();
        must(await moderated.remove(tx, profileId));
        await write(tx, id, 'deleted', matter, actor, kept);
        const { detail, values } = common(matter, kept.words);
        await tell(tx, matter, (owner) => ({
          kind: 'profile_deleted',
          detail,
          letter: { kind: 'profile_deleted', values: { ...values, reason: reasonFor(owner, kept) } },
        }));
      });
      await moderated.ended(profileId);
    },

    /**
     * Has the administrators look at it.
     * @throws {UserError} reason_unknown, and the codes of a case
     */
    refer(actor: Actor, applicationId: string, profileId: string, why: Why): Promise<void> {
      return decide(actor, applicationId, profileId, async (tx, matter) => {
        const kept = checkWhy(matter.application, { ...why, words: why.words.slice(0, 500) });
        await openCase(tx, { profileId, by: actor.accountId, reason: kept.reason, words: why.words });
        await write(tx, randomId(), 'referred', matter, actor, kept);
      });
    },
  };
}
