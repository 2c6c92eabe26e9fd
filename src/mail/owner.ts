import type { Accounts } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import type { OwnProfile } from '../profiles/profiles.ts';
import type { makeChoices } from './forward/choices.ts';
import type { Correspondents } from './forward/correspondents.ts';
import { makeAnswerCheck, type Answer } from './own-answer.ts';
import {
  lineOf,
  messageOf,
  type LogLine,
  type MailStanding,
  type Mode,
  type OwnMessage,
  type Strangers,
} from './own-mail.ts';
import type { Delivery, Spool } from './spool/spool.ts';

export type { Answer } from './own-answer.ts';
export type { LogLine, MailStanding, Mode, OwnMessage, Strangers } from './own-mail.ts';

export type RelayOwner = ReturnType<typeof makeRelayOwner>;

/** Somebody who wrote to a profile, as its owner sees them. */
export type OwnCorrespondent = {
  readonly id: string;
  readonly address: string;
  readonly name: string;
  readonly isBlocked: boolean;
};

/** What keeps mail from an account's mailboxes; `since` in milliseconds. */
export type MailTrouble =
  | { readonly kind: 'paused' | 'second'; readonly since: number; readonly isGone: boolean }
  | { readonly kind: 'unproven' };

type Needs = Omit<Parameters<typeof makeAnswerCheck>[0], 'profiles' | 'accounts'> & {
  accounts: Parameters<typeof makeAnswerCheck>[0]['accounts'] & Pick<Accounts, 'mailboxHealth'>;
  profiles: Parameters<typeof makeAnswerCheck>[0]['profiles'] & {
    own(accountId: string, profileId: string): Promise<OwnProfile>;
  };
  spool: Pick<Spool, 'discard' | 'find' | 'logOf' | 'message' | 'release' | 'waitingOf'>;
  correspondents: Pick<Correspondents, 'block' | 'known' | 'list' | 'unblock'>;
  choices: Pick<ReturnType<typeof makeChoices>, 'of' | 'set'>;
  /** Writes an answer to a delivery's correspondent into the spool. */
  answer(profile: OwnProfile, to: Delivery, words: Pick<Answer, 'subject' | 'text'>): Promise<void>;
  now: () => number;
};

const HOUR = 3_600_000;
/** So many answers leave from one profile within an hour. */
const ANSWERS_AN_HOUR = 20;

/**
 * What people may see and do with mail to their profiles. Everything takes the account and one profile of its own:
 * another's is refused like one that never was (A23), and so is a message of another profile, be it their own.
 */
export function makeRelayOwner(needs: Needs) {
  const { accounts, profiles, spool, correspondents, choices, now } = needs;
  const checkAnswer = makeAnswerCheck(needs);

  async function find(accountId: string, profileId: string, deliveryId: string) {
    const profile = await profiles.own(accountId, profileId);
    const delivery = await spool.find(profileId, deliveryId);
    if (delivery === undefined) throw new UserError('mail_gone');
    const { correspondent } = delivery;
    const known = correspondent && (await correspondents.known(profileId, correspondent.address));
    return { profile, delivery, message: messageOf(profile, delivery, known) };
  }

  /** The same, where its owner has something to decide about it. */
  async function findKept(accountId: string, profileId: string, deliveryId: string): Promise<Delivery> {
    const { delivery, message } = await find(accountId, profileId, deliveryId);
    if (!message.isKept || !['held', 'failed'].includes(delivery.state)) throw new UserError('mail_gone');
    return delivery;
  }

  const answering = new Map<string, Promise<void>>();
  /** Has answers of one profile be written one after the other: each is counted before the next. */
  async function inTurn(profileId: string, write: () => Promise<void>): Promise<void> {
    const before = answering.get(profileId) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(write);
    answering.set(profileId, mine);
    try {
      await mine;
    } finally {
      if (answering.get(profileId) === mine) answering.delete(profileId);
    }
  }

  /** What keeps mail to all profiles of an account here, or away from its first mailbox; undefined: nothing. */
  async function trouble(accountId: string): Promise<MailTrouble | undefined> {
    const proven = await accounts.mailboxHealth.state(accountId);
    if (proven.length === 0) return { kind: 'unproven' };
    const [first] = proven;
    if (first?.since === undefined) return undefined;
    const kind = proven.every(({ isPaused }) => isPaused) ? 'paused' : 'second';
    return { kind, since: first.since, isGone: first.isGone };
  }

  return {
    /**
     * How mail to a profile is doing, and what its owner chose.
     * @throws {UserError} profile_unavailable
     */
    async standing(accountId: string, profileId: string): Promise<MailStanding> {
      await profiles.own(accountId, profileId);
      const open = await spool.waitingOf(profileId);
      const count = (state: Delivery['state']): number => open.filter((one) => one.state === state).length;
      const { mode, strangers } = await choices.of(profileId);
      return { mode, strangers, waiting: count('waiting'), held: count('held'), failed: count('failed') };
    },

    /**
     * What happened to mail in the last 14 days, newest first.
     * @throws {UserError} profile_unavailable
     */
    async log(accountId: string, profileId: string): Promise<LogLine[]> {
      await profiles.own(accountId, profileId);
      return (await spool.logOf(profileId)).map(lineOf).toSorted((a, b) => b.at - a.at);
    },

    /**
     * One message.
     * @throws {UserError} profile_unavailable, mail_gone
     */
    async message(accountId: string, profileId: string, deliveryId: string): Promise<OwnMessage> {
      return (await find(accountId, profileId, deliveryId)).message;
    },

    /**
     * Sends a message that was held, or could not be delivered, at once.
     * @throws {UserError} profile_unavailable, mail_gone, mail_paused
     */
    async sendAgain(accountId: string, profileId: string, deliveryId: string): Promise<void> {
      const delivery = await findKept(accountId, profileId, deliveryId);
      const problem = delivery.kind === 'forward' ? await trouble(accountId) : undefined;
      if (problem !== undefined && problem.kind !== 'second') throw new UserError('mail_paused');
      if (!(await spool.release(delivery))) throw new UserError('mail_gone');
    },

    /**
     * Throws away a message that is held, or could not be delivered.
     * @throws {UserError} profile_unavailable, mail_gone
     */
    async discard(accountId: string, profileId: string, deliveryId: string): Promise<void> {
      const delivery = await findKept(accountId, profileId, deliveryId);
      if (!(await spool.discard(delivery))) throw new UserError('mail_gone');
    },

    /**
     * A message as it was received, octet by octet, piece by piece.
     * @throws {UserError} profile_unavailable, mail_gone
     */
    async download(accountId: string, profileId: string, deliveryId: string): Promise<AsyncIterable<Buffer>> {
      const { delivery, message } = await find(accountId, profileId, deliveryId);
      const kept = message.isKept ? await spool.message(delivery.spoolId ?? '') : undefined;
      if (kept === undefined) throw new UserError('mail_gone');
      return (async function* pieces() {
        yield kept.head;
        yield* kept.body();
      })();
    },

    /**
     * Answers a message: plain text, from the relay address, to whoever wrote it.
     * @throws {SettingsProblem} see `makeAnswerCheck`
     * @throws {UserError} profile_unavailable, mail_gone, mail_unanswerable, mail_answers_often{max}
     */
    async answer(accountId: string, profileId: string, deliveryId: string, answer: Answer): Promise<void> {
      const { profile, delivery, message } = await find(accountId, profileId, deliveryId);
      if (!message.mayBeAnswered) throw new UserError('mail_unanswerable');
      await checkAnswer(accountId, profile, answer);
      await inTurn(profileId, async () => {
        const lately = (await spool.logOf(profileId)).filter(
          ({ kind, acceptedAt }) => kind === 'reply' && Math.abs(now() - acceptedAt) < HOUR,
        );
        if (lately.length >= ANSWERS_AN_HOUR) throw new UserError('mail_answers_often', { max: ANSWERS_AN_HOUR });
        await needs.answer(profile, delivery, { subject: answer.subject.trim(), text: answer.text });
      });
    },

    /**
     * Whether mail to a profile is forwarded, kept here, or thrown away.
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
     * Everybody who wrote to a profile, those first who wrote last.
     * @throws {UserError} profile_unavailable
     */
    async correspondents(accountId: string, profileId: string): Promise<OwnCorrespondent[]> {
      await profiles.own(accountId, profileId);
      const all = await correspondents.list(profileId);
      return all.map(({ id, address, name, isBlocked }) => ({ id, address, name, isBlocked }));
    },

    /**
     * Forwards nothing more that a correspondent writes to this profile, or forwards it again.
     * @throws {UserError} profile_unavailable, correspondent_unknown
     */
    async block(accountId: string, profileId: string, correspondentId: string, isBlocked: boolean): Promise<void> {
      await profiles.own(accountId, profileId);
      await (isBlocked ? correspondents.block : correspondents.unblock)(profileId, correspondentId);
    },

    trouble,

    /** Lets mail leave for the account's mailboxes again, with what was kept for them. */
    resume: (accountId: string): Promise<void> => accounts.mailboxHealth.resume(accountId),
  };
}
