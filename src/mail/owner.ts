import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { SettingsProblem, UserError, type ErrorParams, type FieldProblem } from '../errors.ts';
import type { OwnProfile, Profiles } from '../profiles/profiles.ts';
import { holdsAddress } from './own-addresses.ts';

export type RelayOwner = ReturnType<typeof makeRelayOwner>;

export type Mode = 'on' | 'muted' | 'held';
export type Strangers = 'refuse' | 'hold';
/** What its owner says about mail to a profile. */
export type Choices = { readonly mode: Mode; readonly strangers: Strangers };

/** What became of a message. */
export type Outcome =
  'waiting' | 'held' | 'delivered' | 'bounced' | 'failed' | 'muted' | 'refused' | 'stranger' | 'stopped';
/** Why a message is held. */
export type HeldFor = 'choice' | 'stranger' | 'mailbox' | 'limit';

/** One line of the log of a profile: never anything of what a message says. Times in milliseconds. */
export type LogLine = {
  readonly id: string;
  /** Whether it came from outside, or was written by its owner here. */
  readonly way: 'in' | 'out';
  readonly at: number;
  readonly outcome: Outcome;
  readonly heldFor: HeldFor | undefined;
  /** The domain it came from, or where it went. */
  readonly domain: string;
  /** Why it did not arrive so far: for its owner alone. */
  readonly trouble:
    { readonly code: number; readonly enhanced: string; readonly text: string; readonly at: number } | undefined;
  /** Whether the mail server may have taken it twice. */
  readonly mayBeTwice: boolean;
};

/** A message as its owner may deal with it. */
export type OwnMessage = LogLine & {
  readonly correspondent: Correspondent | undefined;
  /** Whether it still is here: can be looked at, sent again and thrown away. */
  readonly isKept: boolean;
  readonly mayBeAnswered: boolean;
};

/** Somebody who wrote to a profile. */
export type Correspondent = {
  readonly id: string;
  readonly address: string;
  readonly name: string;
  readonly isBlocked: boolean;
};

/** How mail to a profile is doing. */
export type MailStanding = Choices & { readonly waiting: number; readonly held: number; readonly failed: number };

/** What somebody answers. `confirmed`: they want it sent although it tells an address of theirs. */
export type Answer = { readonly subject: string; readonly text: string; readonly confirmed: boolean };

/** A delivery, as far as its owner may know it. */
type Kept = {
  readonly id: string;
  readonly spoolId?: string | undefined;
  readonly kind: 'forward' | 'reply' | 'administrators';
  readonly state: Outcome;
  readonly why?: HeldFor | undefined;
  readonly acceptedAt: number;
  readonly fromDomain: string;
  readonly correspondent?: { readonly address: string; readonly name: string } | undefined;
  readonly messageId?: string | undefined;
  readonly trouble?: LogLine['trouble'];
  readonly mayBeTwice?: boolean | undefined;
};

type Needs<Delivery extends Kept> = {
  accounts: Pick<Accounts, 'find' | 'mailboxes'>;
  applications: Pick<Applications, 'list'>;
  aliasDomain: string;
  profiles: Pick<Profiles, 'own' | 'all'>;
  spool: {
    logOf(profileId: string): Promise<Delivery[]>;
    find(profileId: string, deliveryId: string): Promise<Delivery | undefined>;
    message(spoolId: string): Promise<{ head: Buffer; body(): AsyncIterable<Buffer> } | undefined>;
    release(delivery: Delivery): Promise<boolean>;
    discard(delivery: Delivery): Promise<boolean>;
  };
  correspondents: {
    list(profileId: string): Promise<Correspondent[]>;
    block(profileId: string, id: string): Promise<void>;
    unblock(profileId: string, id: string): Promise<void>;
  };
  choices: {
    of(profileId: string): Promise<Choices>;
    set(profileId: string, choices: Choices): Promise<void>;
  };
  health: {
    isPaused(accountId: string): Promise<boolean>;
    resume(accountId: string): Promise<void>;
  };
  /** Writes the answer to a delivery's correspondent into the spool. */
  answer(profile: OwnProfile, to: Delivery, words: { subject: string; text: string }): Promise<void>;
  now: () => number;
};

const HOUR = 3_600_000;

/** Limits of an answer: characters, and how many a profile may send within an hour. */
export const SUBJECT_MAX = 200;
export const TEXT_MAX = 20_000;
const ANSWERS_AN_HOUR = 20;

/** What the message of such a delivery is still kept for. */
const KEPT: ReadonlySet<Outcome> = new Set(['waiting', 'held', 'failed']);
const ANSWERED: ReadonlySet<Outcome> = new Set(['waiting', 'held', 'delivered', 'bounced', 'failed']);

function lineOf(delivery: Kept): LogLine {
  return {
    id: delivery.id,
    way: delivery.kind === 'reply' ? 'out' : 'in',
    at: delivery.acceptedAt,
    outcome: delivery.state,
    heldFor: delivery.state === 'held' ? delivery.why : undefined,
    domain: delivery.fromDomain,
    trouble: delivery.trouble,
    mayBeTwice: delivery.mayBeTwice === true,
  };
}

/**
 * What people may see and do with mail to their profiles. Everything takes the account and one profile of its own;
 * another's is refused like one that never was (A23), and so is a message of another profile, their own as well.
 */
export function makeRelayOwner<Delivery extends Kept>(needs: Needs<Delivery>) {
  const { accounts, applications, aliasDomain, profiles, spool, correspondents, choices, health, now } = needs;

  async function find(
    accountId: string,
    profileId: string,
    deliveryId: string,
  ): Promise<{ profile: OwnProfile; delivery: Delivery }> {
    const profile = await profiles.own(accountId, profileId);
    const delivery = await spool.find(profileId, deliveryId);
    if (delivery === undefined || delivery.kind === 'administrators') throw new UserError('mail_gone');
    return { profile, delivery };
  }

  /** The correspondent of a delivery, where its owner knows one by now. */
  async function correspondentOf(profileId: string, { correspondent }: Kept): Promise<Correspondent | undefined> {
    if (correspondent === undefined) return undefined;
    const address = correspondent.address.toLowerCase();
    return (await correspondents.list(profileId)).find((known) => known.address.toLowerCase() === address);
  }

  const mayBeAnswered = (profile: OwnProfile, { kind, state, why, correspondent }: Kept): boolean =>
    kind === 'forward' &&
    profile.status === 'active' &&
    correspondent !== undefined &&
    ANSWERED.has(state) &&
    !(state === 'held' && why === 'stranger');

  /** Every address of the account's that the receiver of an answer does not know. */
  async function ownAddresses(accountId: string, profile: OwnProfile): Promise<string[]> {
    const account = await accounts.find(accountId);
    const second = await accounts.mailboxes.second(accountId);
    const all = await profiles.all(
      accountId,
      (await applications.list()).map(({ id }) => id),
    );
    const others = all.filter(({ id }) => id !== profile.id).map(({ aliasLocal }) => `${aliasLocal}@${aliasDomain}`);
    return [account?.mailbox ?? [], second ?? [], others].flat();
  }

  /** What is wrong with an answer, field by field. */
  async function checkAnswer(accountId: string, profile: OwnProfile, answer: Answer): Promise<void> {
    const { subject, text, confirmed } = answer;
    const problems: FieldProblem[] = [];
    const wrong = (field: string, code: string, params: ErrorParams = {}) => problems.push({ field, code, params });
    if (/\p{Cc}/u.test(subject)) wrong('subject', 'answer_subject_invalid');
    else if ([...subject].length > SUBJECT_MAX) wrong('subject', 'answer_subject_long', { max: SUBJECT_MAX });
    if (text.trim() === '') wrong('text', 'answer_empty');
    else if (text.length > TEXT_MAX) wrong('text', 'answer_long', { max: TEXT_MAX });
    else if (/[\0-\u0008\u000b\u000c\u000e-\u001f\u007f]/u.test(text)) wrong('text', 'answer_text_invalid');
    if (problems.length === 0 && !confirmed) {
      const own = await ownAddresses(accountId, profile);
      if (holdsAddress(`${subject}\n${text}`, own)) wrong('confirmed', 'answer_tells_address');
    }
    if (problems.length > 0) throw new SettingsProblem(problems);
  }

  return {
    /**
     * How mail to a profile is doing, and what its owner chose.
     * @throws {UserError} profile_unavailable
     */
    async standing(accountId: string, profileId: string): Promise<MailStanding> {
      await profiles.own(accountId, profileId);
      const log = await spool.logOf(profileId);
      const count = (state: Outcome): number => log.filter((one) => one.state === state).length;
      return {
        ...(await choices.of(profileId)),
        waiting: count('waiting'),
        held: count('held'),
        failed: count('failed') + count('bounced'),
      };
    },

    /**
     * What happened to mail in the last 14 days, newest first.
     * @throws {UserError} profile_unavailable
     */
    async log(accountId: string, profileId: string): Promise<LogLine[]> {
      await profiles.own(accountId, profileId);
      return (await spool.logOf(profileId)).map(lineOf);
    },

    /**
     * One message.
     * @throws {UserError} profile_unavailable, mail_gone
     */
    async message(accountId: string, profileId: string, deliveryId: string): Promise<OwnMessage> {
      const { profile, delivery } = await find(accountId, profileId, deliveryId);
      const { correspondent } = delivery;
      const known = await correspondentOf(profileId, delivery);
      const shown = correspondent && { id: '', isBlocked: false, ...correspondent };
      return {
        ...lineOf(delivery),
        correspondent: known ?? shown,
        isKept: KEPT.has(delivery.state) && delivery.spoolId !== undefined,
        mayBeAnswered: mayBeAnswered(profile, delivery) && known?.isBlocked !== true,
      };
    },

    /**
     * Sends a message that was held, or could not be delivered, at once.
     * @throws {UserError} profile_unavailable, mail_gone, mail_paused
     */
    async sendAgain(accountId: string, profileId: string, deliveryId: string): Promise<void> {
      const { delivery } = await find(accountId, profileId, deliveryId);
      if (delivery.state !== 'held' && delivery.state !== 'failed') throw new UserError('mail_gone');
      if (delivery.kind === 'forward' && (await health.isPaused(accountId))) throw new UserError('mail_paused');
      if (!(await spool.release(delivery))) throw new UserError('mail_gone');
    },

    /**
     * Throws away a message that is held, or could not be delivered.
     * @throws {UserError} profile_unavailable, mail_gone
     */
    async discard(accountId: string, profileId: string, deliveryId: string): Promise<void> {
      const { delivery } = await find(accountId, profileId, deliveryId);
      if (delivery.state !== 'held' && delivery.state !== 'failed') throw new UserError('mail_gone');
      if (!(await spool.discard(delivery))) throw new UserError('mail_gone');
    },

    /**
     * A message as it was received, octet by octet, piece by piece.
     * @throws {UserError} profile_unavailable, mail_gone
     */
    async download(accountId: string, profileId: string, deliveryId: string): Promise<AsyncIterable<Buffer>> {
      const { delivery } = await find(accountId, profileId, deliveryId);
      const message = delivery.spoolId === undefined ? undefined : await spool.message(delivery.spoolId);
      if (message === undefined || !KEPT.has(delivery.state)) throw new UserError('mail_gone');
      return (async function* pieces() {
        yield message.head;
        yield* message.body();
      })();
    },

    /**
     * Answers a message: plain text, from the relay address, to whoever wrote it.
     * @throws {SettingsProblem} fields subject (answer_subject_invalid, answer_subject_long{max}), text (answer_empty,
     * answer_long{max}, answer_text_invalid), confirmed (answer_tells_address)
     * @throws {UserError} profile_unavailable, mail_gone, mail_unanswerable, answers_often{max}
     */
    async answer(accountId: string, profileId: string, deliveryId: string, answer: Answer): Promise<void> {
      const { profile, delivery } = await find(accountId, profileId, deliveryId);
      const known = await correspondentOf(profileId, delivery);
      if (!mayBeAnswered(profile, delivery) || known?.isBlocked === true) throw new UserError('mail_unanswerable');
      await checkAnswer(accountId, profile, answer);
      const lately = (await spool.logOf(profileId)).filter(
        ({ kind, acceptedAt }) => kind === 'reply' && now() - acceptedAt < HOUR,
      );
      if (lately.length >= ANSWERS_AN_HOUR) throw new UserError('answers_often', { max: ANSWERS_AN_HOUR });
      await needs.answer(profile, delivery, { subject: answer.subject.trim(), text: answer.text });
    },

    /**
     * Whether mail to a profile is forwarded, kept here, or let go unseen.
     * @throws {UserError} profile_unavailable
     */
    async setMode(accountId: string, profileId: string, mode: Mode): Promise<void> {
      await profiles.own(accountId, profileId);
      await choices.set(profileId, { ...(await choices.of(profileId)), mode });
    },

    /**
     * What becomes of mail from somebody who is not of the application.
     * @throws {UserError} profile_unavailable
     */
    async setStrangers(accountId: string, profileId: string, strangers: Strangers): Promise<void> {
      await profiles.own(accountId, profileId);
      await choices.set(profileId, { ...(await choices.of(profileId)), strangers });
    },

    /**
     * Everybody who wrote to a profile.
     * @throws {UserError} profile_unavailable
     */
    async correspondents(accountId: string, profileId: string): Promise<Correspondent[]> {
      await profiles.own(accountId, profileId);
      return correspondents.list(profileId);
    },

    /**
     * Lets nothing through any more that a correspondent writes to this profile, or lets it again.
     * @throws {UserError} profile_unavailable, correspondent_unknown
     */
    async block(accountId: string, profileId: string, correspondentId: string, blocked: boolean): Promise<void> {
      await profiles.own(accountId, profileId);
      const known = (await correspondents.list(profileId)).some(({ id }) => id === correspondentId);
      if (!known) throw new UserError('correspondent_unknown');
      await (blocked ? correspondents.block : correspondents.unblock)(profileId, correspondentId);
    },

    /** Whether mail to all profiles of an account waits here, because its mailbox takes none. */
    isPaused: (accountId: string): Promise<boolean> => health.isPaused(accountId),

    /** Lets mail to the account's mailbox leave again, with what waited. */
    resume: (accountId: string): Promise<void> => health.resume(accountId),
  };
}
