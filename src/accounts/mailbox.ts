import { domainToASCII } from 'node:url';
import { UserError } from '../errors.ts';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import { isTaken, type Storage } from '../storage/storage.ts';
import { accountOf, sealDetails } from './account.ts';
import { makeAccountStore } from './store.ts';
import type { Timeline } from './timeline.ts';

/** RFC 5321 §4.5.3.1: a path of 256 octets with its brackets, a local part of 64. */
const MAX_LENGTH = 254;
const LOCAL_MAX = 64;

/** A dot-atom (RFC 5321 §4.1.2). Quoted local parts exist on paper only; ones beyond ASCII need SMTPUTF8 (RFC 6531). */
const LOCAL = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/u;

const WRITTEN_DOMAIN = /^[\p{L}\p{M}\p{Nd}.-]+$/u;

/** At least two labels; the last is no number, or it would be an address of a machine. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/u;

/**
 * Checks an e-mail address. The domain may be internationalised.
 * @returns the address as mail is sent to it: the local part as written, the domain in ASCII and lower case.
 * @throws {UserError} mailbox_invalid
 */
export function parseMailbox(text: string): string {
  const at = text.length > MAX_LENGTH + LOCAL_MAX ? -1 : text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0)).trimStart();
  const written = text.slice(at + 1).trimEnd();
  const domain = WRITTEN_DOMAIN.test(written) ? domainToASCII(written) : '';
  const mailbox = `${local}@${domain}`;
  if (local.length > LOCAL_MAX || !LOCAL.test(local) || !DOMAIN.test(domain) || mailbox.length > MAX_LENGTH) {
    throw new UserError('mailbox_invalid');
  }
  return mailbox;
}

/**
 * The form in which mailboxes are compared: all in lower case. Strictly only the receiving host knows whether its local
 * parts are (RFC 5321 §2.4), but no host gives Ana's and ana's mail to two people.
 */
export function canonicalMailbox(text: string): string {
  try {
    return parseMailbox(text).toLowerCase();
  } catch (error) {
    if (error instanceof UserError) return canonicalName(text);
    throw error;
  }
}

/**
 * What letters to a mailbox are counted under: all tags of one, which follow a plus sign and at most hosts lead to the
 * same person (RFC 5233), are one. They are not the one without a tag, or strangers could use up its letters by
 * asking for tags that lead nowhere.
 */
export function letterTarget(mailbox: string): string {
  return canonicalMailbox(mailbox).replace(/(?<=.)\+[^@]*(?=@)/u, '+');
}

/** What an administrator finds accounts by, whether their mailbox is verified or not. */
export function searchTagOf(seals: Seals, canonical: string): string {
  return seals.tag('mailbox-search', canonical);
}

type Needs = { storage: Storage; seals: Seals; now: () => number; timeline: Timeline };

/** Changing and verifying one's mailbox. */
export function makeMailboxAbility({ storage, seals, now, timeline }: Needs) {
  const store = makeAccountStore(storage);

  return {
    /**
     * Sets another mailbox, not verified, where no mail is sent that could verify it. That its owner asked is for the
     * caller to see to. Whether it is somebody else's already is never said.
     * @throws {UserError} mailbox_invalid, account_unknown, account_suspended
     */
    async changeMailbox(accountId: string, text: string): Promise<void> {
      const mailbox = parseMailbox(text);
      await storage.write(async (tx) => {
        const row = await store.lock(tx, accountId);
        if (row === undefined) throw new UserError('account_unknown');
        const account = accountOf(seals, row, now());
        if (account.status !== 'active') throw new UserError('account_suspended');
        const details = { ...account, mailbox };
        await store.update(tx, accountId, {
          mailboxTag: null,
          mailboxSearchTag: searchTagOf(seals, canonicalMailbox(mailbox)),
          sealed: sealDetails(seals, accountId, details),
        });
      });
      await timeline.record(accountId, { kind: 'mailbox_changed', at: now() });
    },

    /**
     * The owner proved that `mailbox` receives. It counts only if it still is the account's mailbox: a link sent to an
     * earlier one verifies nothing. False, and nothing changes, then and when another account has verified it before.
     */
    async markMailboxVerified(accountId: string, mailbox: string): Promise<boolean> {
      const canonical = canonicalMailbox(mailbox);
      try {
        return await storage.write(async (tx) => {
          const row = await store.lock(tx, accountId);
          if (row === undefined) return false;
          const { mailbox: current } = accountOf(seals, row, now());
          if (current === undefined || canonicalMailbox(current) !== canonical) return false;
          if (await store.isMailboxOfOther(tx, seals.tags('mailbox', canonical), accountId)) return false;
          await store.update(tx, accountId, { mailboxTag: seals.tag('mailbox', canonical) });
          return true;
        });
      } catch (error) {
        if (isTaken(error)) return false;
        throw error;
      }
    },
  };
}
