import type { Accounts } from '../accounts/accounts.ts';
import type { Profiles } from '../profiles/profiles.ts';
import { addressDomain } from './addresses.ts';
import type { Courier } from './courier/courier.ts';
import type { Spool } from './spool/spool.ts';

/** Mail to so many people at least is named by its domain: fewer would tell who they are. */
const FEWEST_ACCOUNTS = 5;
/** More of the queue is not looked at (P8). */
const LOOKED_AT = 5000;

/** A mail domain that messages wait for. `accounts`: whose they are. */
export type Destination = {
  readonly name: string;
  readonly accounts: number;
  readonly waiting: number;
  /** Since when it takes nothing and when it is tried again, in milliseconds; undefined where it does. */
  readonly trouble: { readonly since: number; readonly due: number; readonly code: string } | undefined;
};

/** What the administrators' page of the queue says of where mail goes. `others`: messages to all other domains. */
type Destinations = { readonly shared: readonly Destination[]; readonly others: number };

type Needs = {
  accounts: Pick<Accounts, 'mailboxHealth'>;
  courier: Pick<Courier, 'trouble'>;
  profiles: Pick<Profiles, 'mailOwner'>;
  spool: Pick<Spool, 'queue'>;
};

/**
 * Where waiting mail goes, for administrators: domains that at least five people of this queue share, the others as one
 * number. Nothing of a profile or an account leaves here (P1).
 */
export function makeDestinations({ accounts, courier, profiles, spool }: Needs) {
  return async function destinations(): Promise<Destinations> {
    const found = new Map<string, { accounts: Set<string>; waiting: number }>();
    let others = 0;
    const domains = new Map<string, string | undefined>();
    for (const { profileId, kind } of await spool.queue(LOOKED_AT)) {
      const owner = kind === 'forward' && profileId !== undefined ? await profiles.mailOwner(profileId) : undefined;
      if (owner === undefined) {
        others += 1;
        continue;
      }
      if (!domains.has(owner)) {
        const mailboxes = await accounts.mailboxHealth.state(owner);
        const { mailbox } = mailboxes.find(({ isPaused }) => !isPaused) ?? mailboxes[0] ?? {};
        domains.set(owner, mailbox === undefined ? undefined : addressDomain(mailbox));
      }
      const domain = domains.get(owner);
      if (domain === undefined) others += 1;
      else {
        const one = found.get(domain) ?? { accounts: new Set(), waiting: 0 };
        one.accounts.add(owner);
        one.waiting += 1;
        found.set(domain, one);
      }
    }
    const troubles = new Map((await courier.trouble()).map((trouble) => [trouble.name, trouble]));
    const all = [...found].map(([name, { accounts: owners, waiting }]) => {
      const trouble = troubles.get(name);
      return {
        name,
        accounts: owners.size,
        waiting,
        trouble: trouble && { since: trouble.since, due: trouble.due, code: trouble.code },
      };
    });
    const shared = all.filter((one) => one.accounts >= FEWEST_ACCOUNTS).toSorted((a, b) => b.waiting - a.waiting);
    const left = all.filter((one) => one.accounts < FEWEST_ACCOUNTS).reduce((sum, { waiting }) => sum + waiting, 0);
    return { shared, others: others + left };
  };
}
