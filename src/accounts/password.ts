import { z } from 'zod';
import { UserError } from '../errors.ts';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Account } from './account.ts';
import type { IsBreached } from './breached.ts';
import type { Confirm } from './confirm.ts';
import type { Hasher } from './hashing.ts';
import { linksUnderPassword } from './links.ts';
import { makeLinkStore } from './link-store.ts';
import { makeAccountStore } from './store.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Timeline } from './timeline.ts';

/** `min` is required and `advised` is said (characters, NIST SP 800-63B-4 §3.1.1); `max` is in bytes of UTF-8. */
export const PASSWORD_LENGTH = { min: 8, advised: 15, max: 1024 } as const;

/** Normalising may join characters but never this many: longer text is refused before it costs anything. */
const RAW_MAX = 4 * PASSWORD_LENGTH.max;

/** A shorter word is no reason to refuse a password made of it. */
const WORD_MIN = 3;

/** Larger than any hash, so that all rows are of one size. */
const PADDING = 256;

const sealedPassword = z.object({ hash: z.string() });

/** Seals a password's hash; it opens for this account only. */
export function sealPassword(seals: Seals, accountId: string, hash: string): string {
  return seals.sealPadded('credential', `${accountId}:password`, JSON.stringify({ hash }), PADDING);
}

/**
 * The hash behind a sealed password.
 * @throws {SealError} when it was moved or edited; internal.
 */
export function openPassword(seals: Seals, accountId: string, sealed: string): string {
  return sealedPassword.parse(JSON.parse(seals.open('credential', `${accountId}:password`, sealed))).hash;
}

/**
 * The form in which a password is hashed and compared, always this one: NFKC, which NIST SP 800-63B-4 §3.1.1.2 asks
 * for, so that a keyboard's way of composing é does not matter. Nothing is cut; undefined when it is too long.
 */
export function normalizePassword(text: string): string | undefined {
  if (text.length > RAW_MAX) return undefined;
  const form = text.normalize('NFKC');
  return Buffer.byteLength(form) > PASSWORD_LENGTH.max ? undefined : form;
}

const lettersOf = (text: string): string => canonicalName(text).replace(/[^\p{L}\p{M}]/gu, '');

/** Each text whole and each of its words, as bare letters, longest first. */
function wordsOf(texts: readonly string[]): string[] {
  const parts = texts.flatMap((text) => [text, ...text.split(/[^\p{L}\p{M}]+/u)]).map(lettersOf);
  return [...new Set(parts)].filter((word) => word.length >= WORD_MIN).toSorted((a, b) => b.length - a.length);
}

function isOfContext(password: string, context: readonly string[]): boolean {
  const form = canonicalName(password);
  if (context.some((text) => canonicalName(text) === form)) return true;
  const letters = lettersOf(password);
  if (letters === '') return false;
  return (
    wordsOf(context)
      .reduce((left, word) => left.replaceAll(word, ' '), letters)
      .trim() === ''
  );
}

export type PasswordRules = ReturnType<typeof makePasswordRules>;

/**
 * What a new password must be (NIST SP 800-63B-4 §3.1.1.2): long enough, not one everybody tries first, not made of
 * what stands on the page, not known from leaks. No rule about kinds of characters. `contextWords` are those of the instance.
 */
export function makePasswordRules(contextWords: readonly string[], isBreached: IsBreached) {
  let common: Promise<ReadonlySet<string>> | undefined;

  /** Read at the first new password: a server that only signs people in never holds the list. */
  async function readCommon(): Promise<ReadonlySet<string>> {
    const { dictionary } = await import('@zxcvbn-ts/language-common');
    // Shorter ones are refused already.
    return new Set(
      dictionary['passwords-common'].filter((word) => word.length >= PASSWORD_LENGTH.min).map(canonicalName),
    );
  }

  return {
    /**
     * Checks a new password of the person with this login name and mailbox.
     * @returns the form to hash.
     * @throws {UserError} password_too_short{min: characters}, password_too_long{max: bytes}, password_common,
     *   password_context, password_breached
     */
    async check(text: string, person: { loginName: string; mailbox?: string }): Promise<string> {
      const form = normalizePassword(text);
      if (form === undefined) throw new UserError('password_too_long', { max: PASSWORD_LENGTH.max });
      if ([...form].length < PASSWORD_LENGTH.min)
        throw new UserError('password_too_short', { min: PASSWORD_LENGTH.min });
      const context = [
        'aluco',
        ...contextWords,
        person.loginName,
        ...(person.mailbox === undefined ? [] : [person.mailbox]),
      ];
      if (isOfContext(form, context)) throw new UserError('password_context');
      common ??= readCommon();
      const folded = canonicalName(form);
      // One character over and over is in no list, in all its lengths.
      if ((await common).has(folded) || /^(.)\1*$/su.test(folded)) throw new UserError('password_common');
      if (await isBreached(form)) throw new UserError('password_breached');
      return form;
    },
  };
}

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  hasher: Hasher;
  rules: PasswordRules;
  confirm: Confirm;
  mailboxes: Mailboxes;
  timeline: Timeline;
  onPasswordChanged: (accountId: string, keepSessionUid?: string) => Promise<void>;
};

/** Changing one's password. */
export function makePasswordChange({
  storage,
  seals,
  now,
  hasher,
  rules,
  confirm,
  mailboxes,
  timeline,
  onPasswordChanged,
}: Needs) {
  const store = makeAccountStore(storage);
  const links = makeLinkStore(storage);

  /**
   * Sets a new password after the current one was proven, then has all sessions but `keepSessionUid` ended. The owner
   * is told by letter.
   * @throws {UserError} the codes of a new password; password_wrong, try_later{seconds}, busy{retryAfter}
   */
  return async function changePassword(
    accountId: string,
    { current, next, keepSessionUid }: { current: string; next: string; keepSessionUid?: string | undefined },
  ): Promise<void> {
    const { account, sealed } = await confirm(accountId, current);
    await replace(account, sealed, await hasher.hash(await rules.check(next, account)));
    await timeline.record(accountId, { kind: 'password_changed', at: now() });
    await onPasswordChanged(accountId, keepSessionUid);
  };

  async function replace(account: Account, before: string, hash: string): Promise<void> {
    const { id } = account;
    const after = sealPassword(seals, id, hash);
    // Somebody changed it since it was proven: what was proven is no longer the password.
    const replaced = await storage.write(async (tx) => {
      if (!(await store.replacePassword(tx, id, before, after))) return false;
      // A link for choosing one was made for whoever had lost the old one (A51).
      await links.remove(tx, linksUnderPassword(seals, id));
      await mailboxes.tell(tx, account, { kind: 'password_changed', values: { login_name: account.loginName } });
      return true;
    });
    if (!replaced) throw new UserError('password_wrong');
  }
}
