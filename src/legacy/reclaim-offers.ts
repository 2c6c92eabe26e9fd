import type { Accounts } from '../accounts/accounts.ts';
import { canonicalMailbox } from '../mailbox.ts';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import { addressTags } from './address-tag.ts';
import { openFound, typedName, type Found } from './reclaim-finding.ts';
import type { ReclaimStore } from './reclaim-store.ts';
import type { LegacySecret } from './secret.ts';

/** A name that somebody may take back without being asked for more than that, or than its password. */
export type Offer = {
  readonly applicationId: string;
  readonly name: string;
  /** A second factor was in use: the password is asked for beside the address. */
  readonly needsPassword: boolean;
};

/** So many values are asked for in one query: databases take some ten thousand. */
const AT_ONCE = 1000;

/** What a query finds for each of these values, which may be any number. */
async function inParts<T, R>(values: readonly T[], query: (part: readonly T[]) => Promise<R[]>): Promise<R[]> {
  const found: R[] = [];
  for (let at = 0; at < values.length; at += AT_ONCE) found.push(...(await query(values.slice(at, at + AT_ONCE))));
  return found;
}

type Needs = { accounts: Pick<Accounts, 'oldNames'>; store: ReclaimStore; seals: Seals };

/** Whether an old account's address was confirmed at its application, and is one of these mailboxes. */
export function isAddressed({ address, confirmed }: LegacySecret, mailboxes: readonly string[]): boolean {
  if (address === undefined || !confirmed) return false;
  const canonical = canonicalMailbox(address);
  return mailboxes.some((mailbox) => canonicalMailbox(mailbox) === canonical);
}

/** Names that are offered without asking, because the account has their address: proven here, and confirmed there (A54). */
export function makeOffers({ accounts, store, seals }: Needs) {
  /** With the mailboxes by which they were found. */
  async function found(
    accountId: string,
    applicationIds: readonly string[],
  ): Promise<{ readonly mailboxes: readonly string[]; readonly found: readonly Found[] }> {
    const mailboxes = await accounts.oldNames.mailboxes(accountId);
    const imported = mailboxes.length === 0 ? [] : await inParts(applicationIds, store.imported);
    const tags = imported.flatMap((id) => mailboxes.flatMap((mailbox) => addressTags(seals, id, mailbox)));
    // One is found twice where its import went on under another master key.
    const byName = new Map(
      (await inParts(tags, store.free)).map((row) => [`${row.applicationId} ${row.nameKey}`, row]),
    );
    const rows = [...byName.values()];
    const opened = rows.map((row) => openFound(seals, row));
    return { mailboxes, found: opened.filter(({ secret }) => isAddressed(secret, mailboxes)) };
  }

  const offerOf = ({ row, secret }: Found): Offer => ({
    applicationId: row.applicationId,
    name: row.name,
    needsPassword: secret.secondFactor,
  });

  return {
    found,

    /**
     * What an active account is offered at these applications, by name: each that nobody has taken back, whose address was
     * confirmed there and is a mailbox that the account's owner has proven. Each is taken back for itself (P1).
     */
    async offersAt(accountId: string, applications: readonly { readonly id: string }[]): Promise<Offer[]> {
      const ids = applications.map(({ id }) => id);
      const offers = (await found(accountId, ids)).found.map(offerOf);
      return offers.toSorted((a, b) => a.name.localeCompare(b.name) || a.applicationId.localeCompare(b.applicationId));
    },

    /** Whether an application has old names at all, taken back or not. */
    hasNames: store.has,

    /** Whether a name that somebody typed is an old one that nobody has taken back yet. It is not free for a new profile. */
    async isReserved(applicationId: string, name: string): Promise<boolean> {
      const typed = typedName(name);
      const rows = await store.named(applicationId, [typed.canonical, `=${typed.exact}`]);
      return rows.some((row) => row.status === 'free' && canonicalName(row.name) === typed.canonical);
    },
  };
}
