import type { Account, Accounts, Post } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { addDays, dayOf } from '../days.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { makeDigestStore } from './digest-store.ts';
import { makeRequestStore } from './request-store.ts';
import { makeTurns } from './turns.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The day of a digest begins at this hour in UTC: it is there when people in Europe begin theirs. */
const MORNING = 5 * HOUR;
/**
 * Whoever is told at once is told within this time, of all that came in it: forty requests make one letter, and a letter
 * says no better than this when a request was made (P1).
 */
const AT_ONCE = 10 * MINUTE;
/** Names of applications in a letter to administrators, in characters; more are counted. */
const NAMES_MAX = 400;

type Needs = {
  accounts: Pick<Accounts, 'find' | 'reachableAdministrators'>;
  applications: Pick<Applications, 'find' | 'list'>;
  now: () => number;
  post: Post;
  storage: Storage;
};

type Recipient = Pick<Account, 'language'> & { readonly to: string };

/** Where somebody gets letters; nowhere without a proven mailbox, or while their account is not active. */
function recipientOf(account: Account | undefined): Recipient | undefined {
  if (account?.status !== 'active' || !account.mailboxVerified || account.mailbox === undefined) return undefined;
  return { to: account.mailbox, language: account.language };
}

/** Tells moderators what waits for them, and administrators what has waited for too long. Letters count; they name nobody. */
export function makeDigest({ accounts, applications, now, post, storage }: Needs) {
  const store = makeDigestStore(storage);
  const requests = makeRequestStore(storage);
  const turns = makeTurns({ storage, now });

  /** Who is told so often, by application, each with what a letter needs to know of them. */
  async function recipients(digest: 'at-once' | 'daily') {
    const found = [];
    for (const { applicationId, accountId } of await store.recipients(digest)) {
      const recipient = recipientOf(await accounts.find(accountId));
      if (recipient !== undefined) found.push({ applicationId, accountId, recipient });
    }
    return found;
  }

  /** What waits at an application, as a letter says it; undefined where nothing does. */
  async function valuesOf(db: Db, id: string, name: string) {
    const [waiting] = await requests.waiting(db, [id]);
    const appeals = await store.appeals(db, [id]);
    const counts = {
      count: (waiting?.waiting ?? 0) - (waiting?.asked ?? 0),
      review: waiting?.review ?? 0,
      appeals: appeals.get(id) ?? 0,
    };
    if (counts.count + counts.review + counts.appeals === 0) return undefined;
    const said = Object.entries(counts).map(([what, number]) => [what, number === 0 ? '' : String(number)] as const);
    return {
      application: name,
      moderated: id,
      ...(Object.fromEntries(said) as Record<keyof typeof counts, string>),
    };
  }

  /** The names of applications, as many as a letter holds. */
  function namesOf(names: readonly string[]): string {
    let text = '';
    for (const name of names) {
      const longer = text === '' ? name : `${text}, ${name}`;
      if (longer.length > NAMES_MAX) return `${text}…`;
      text = longer;
    }
    return text;
  }

  return {
    /** What waits at each of these applications besides requests: open appeals. */
    appeals: (applicationIds: readonly string[]): Promise<ReadonlyMap<string, number>> =>
      store.appeals(storage.read, applicationIds),

    /** Tells those who are told at once, for the clock, about every minute: one letter in ten minutes at most for each. */
    async tellAtOnce(): Promise<void> {
      const everyone = await recipients('at-once');
      const named = await Promise.all((await requests.untold()).map((id) => applications.find(id)));
      await storage.write(async (tx) => {
        // Taken where there is nothing to tell, too: the letters keep to the same minutes whenever something comes.
        if (!(await turns.take(tx, 'moderators_at_once', AT_ONCE))) return;
        for (const application of named) {
          if (application === undefined || (await requests.markTold(tx, application.id)) === 0) continue;
          const values = await valuesOf(tx, application.id, application.name);
          if (values === undefined) continue;
          for (const { recipient } of everyone.filter(({ applicationId }) => applicationId === application.id)) {
            await post(tx, { kind: 'moderation_digest', ...recipient, values });
          }
        }
      });
    },

    /** Tells those who are told once a day, for the clock, about once an hour. Nobody is told where nothing waits. */
    async tellDaily(): Promise<void> {
      const day = dayOf(now() - MORNING);
      const everyone = await recipients('daily');
      for (const { applicationId, accountId, recipient } of everyone) {
        const application = await applications.find(applicationId);
        if (application === undefined || (await valuesOf(storage.read, applicationId, '')) === undefined) continue;
        await storage.write(async (tx) => {
          if (!(await store.takeDay(tx, applicationId, accountId, day))) return;
          const values = await valuesOf(tx, applicationId, application.name);
          if (values !== undefined) await post(tx, { kind: 'moderation_digest', ...recipient, values });
        });
      }
    },

    /** Tells administrators once a day of what has waited for longer than is set, for the clock, about once an hour. */
    async tellOverdue(): Promise<void> {
      const today = dayOf(now());
      const late: { name: string; count: number }[] = [];
      for (const { id, name, moderation } of await applications.list()) {
        const count = await requests.waitingSince(storage.read, id, addDays(today, -moderation.overdueDays));
        if (count > 0) late.push({ name, count });
      }
      if (late.length === 0) return;
      const values = {
        count: String(late.reduce((sum, { count }) => sum + count, 0)),
        applications: namesOf(late.map(({ name }) => name)),
      };
      const found = await Promise.all((await accounts.reachableAdministrators()).map((id) => accounts.find(id)));
      const administrators = found.map(recipientOf).filter((one) => one !== undefined);
      await storage.write(async (tx) => {
        if (!(await turns.take(tx, 'requests_overdue', DAY, MORNING))) return;
        for (const recipient of administrators) await post(tx, { kind: 'requests_overdue', ...recipient, values });
      });
    },
  };
}
