import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { SIDES } from '../storage/tables.ts';
import { accountOf } from './account.ts';
import type { AccountLog } from './account-log.ts';
import type { Connections } from './connections.ts';
import type { Credentials } from './credentials.ts';
import { makeDelegateStore } from './delegate-store.ts';
import { allLinkIds, type Links } from './links.ts';
import { makeLinkStore } from './link-store.ts';
import { makeAccountStore, makeGroupStore } from './store.ts';
import type { Timeline, TimelineEvent } from './timeline.ts';

const DAY = 86_400_000;

/** So often somebody may take their data within a day (P8): the register of connections is read whole for it. */
const TIMES_A_DAY = 5;

type AccountTable = { [T in keyof typeof SIDES]: (typeof SIDES)[T] extends 'account' ? T : never }[keyof typeof SIDES];

/**
 * Under which name of the archive its owner finds what each table of the account's side keeps of them, or why it is not
 * in it. A new table does not compile before it has its answer here.
 */
export const IN_ARCHIVE = {
  account: 'account',
  loginTaken: { not: 'the login name itself, as a keyed hash that stays for ever' },
  credential: 'waysIn',
  signUp: 'request',
  letter: { not: 'letters on their way to the owner, kept for hours at most' },
  mailboxTrouble: { not: 'which mailbox takes no mail at the moment, as the page of the address shows' },
  invitation: 'links',
  connection: 'connections',
  session: 'sessions',
  timeline: 'timeline',
  groupMember: 'groups',
  groupDelegate: 'looksAfter',
  moderator: 'looksAfter',
  accountLog: 'log',
  holding: 'applications',
} as const satisfies Record<AccountTable, string | { readonly not: string }>;

/** A way to sign in, or back: without anything that somebody could do so with. `month` is YYYY-MM. */
export type WayIn = {
  readonly kind: string;
  readonly name?: string;
  readonly month?: string;
  readonly address?: string;
};

/** What the account's side keeps of a person. Times in milliseconds. */
export type AccountData = {
  readonly account: Readonly<Record<string, string | number | boolean>>;
  readonly groups: readonly string[];
  /** What they look after: groups by name, applications by id, which this room has no name for. */
  readonly looksAfter: { readonly groups: readonly string[]; readonly applicationIds: readonly string[] };
  /** What administrators read of the account, without who did it. `hour`: in milliseconds. */
  readonly log: readonly { readonly kind: string; readonly hour: number }[];
  readonly waysIn: readonly WayIn[];
  readonly links: readonly { readonly kind: string; readonly until: number }[];
  /** What was written when the account was asked for, as it is kept; null where there is nothing. */
  readonly request: unknown;
  readonly timeline: readonly TimelineEvent[];
  readonly connections: readonly { readonly at: number; readonly address: string }[];
};

/** What a credential may say of itself. Everything else it holds is a secret, or nobody's business. */
const described = z.object({
  name: z.string().optional(),
  month: z.string().optional(),
  mailbox: z.string().optional(),
});

const KINDS = ['totp', 'passkey', 'recovery-code', 'second-mailbox'] as const;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  accountLog: Pick<AccountLog, 'list'>;
  connections: Pick<Connections, 'connectionsOf'>;
  credentials: Credentials;
  links: Links;
  timeline: Timeline;
};

/** All that is kept of a person on their account's side, for themselves. */
export function makeMyData({ storage, seals, now, accountLog, connections, credentials, links, timeline }: Needs) {
  const store = makeAccountStore(storage);
  const groups = makeGroupStore(storage);
  const linkStore = makeLinkStore(storage);
  const delegates = makeDelegateStore(storage);
  const { moderator, signUp } = storage.tables;

  async function waysIn(accountId: string): Promise<WayIn[]> {
    const password = await store.findPassword(accountId);
    const ways: WayIn[] = password === undefined ? [] : [{ kind: 'password' }];
    for (const kind of KINDS) {
      for (const { content } of await credentials.list(accountId, kind, described)) {
        const { name = '', month, mailbox } = content;
        ways.push({
          kind,
          ...(name === '' ? {} : { name }),
          ...(month === undefined ? {} : { month }),
          ...(mailbox === undefined ? {} : { address: mailbox }),
        });
      }
    }
    return ways;
  }

  async function openLinks(accountId: string): Promise<AccountData['links']> {
    const found: { kind: string; until: number }[] = [];
    for (const id of allLinkIds(seals, accountId)) {
      const row = await linkStore.find(id);
      if (row === undefined) continue;
      const { kind, expiresAt } = links.open(row).content;
      if (expiresAt > now()) found.push({ kind, until: expiresAt });
    }
    return found;
  }

  async function looksAfter(accountId: string): Promise<AccountData['looksAfter']> {
    const rows = await storage.read
      .select({ id: moderator.applicationId })
      .from(moderator)
      .where(eq(moderator.accountId, accountId));
    return {
      groups: (await delegates.groupsOf(accountId)).map(({ name }) => name),
      applicationIds: rows.map(({ id }) => id),
    };
  }

  async function requestOf(accountId: string): Promise<unknown> {
    const [row] = await storage.read.select().from(signUp).where(eq(signUp.accountId, accountId));
    return row === undefined ? null : JSON.parse(seals.open('sign-up', accountId, row.sealed));
  }

  return {
    /**
     * Counts that somebody takes their data, and writes it into their timeline.
     * @throws {UserError} data_taken_lately{max}
     */
    async noteDataTaken(accountId: string): Promise<void> {
      await storage.write((tx) =>
        timeline.add(tx, accountId, (earlier) => {
          const lately = earlier.filter(({ kind, at }) => kind === 'data_taken' && Math.abs(now() - at) < DAY).length;
          if (lately >= TIMES_A_DAY) throw new UserError('data_taken_lately', { max: TIMES_A_DAY });
          return { kind: 'data_taken', at: now() };
        }),
      );
    },

    /**
     * What is kept of an account on its side: for its owner, to whom alone it may be shown.
     * @throws {UserError} account_unknown
     */
    async dataOf(accountId: string): Promise<AccountData> {
      const row = await store.find(accountId);
      if (row === undefined) throw new UserError('account_unknown');
      const { id: _, ...account } = accountOf(seals, row, now());
      return {
        account: { ...account, createdMonth: (await store.createdMonth(accountId)) ?? '' },
        groups: (await groups.ofAccount(accountId)).map(({ name }) => name),
        looksAfter: await looksAfter(accountId),
        log: (await accountLog.list(accountId)).map(({ kind, hour }) => ({ kind, hour })),
        waysIn: await waysIn(accountId),
        links: await openLinks(accountId),
        request: await requestOf(accountId),
        timeline: await timeline.list(accountId),
        connections: await connections.connectionsOf(accountId),
      };
    },
  };
}
