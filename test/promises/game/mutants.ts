import type { Parts } from '../../../src/parts.ts';
import { accountInAlias, betrayOwner, nameSessionOnce, subjectOfAll, tellExactTimes } from '../betrayals.ts';
import { spoil } from '../spoil.ts';
import { MODERATION_MUTANTS } from './moderation-mutants.ts';
import type { Plot } from './script.ts';

export type Mutant = {
  /** What the program gives away. */
  readonly what: string;
  /** What the scripts are about, in which it shows. */
  readonly plot: Plot;
  /** How many worlds it takes, where it is more than a few. */
  readonly worlds?: number;
  readonly arrange: (parts: Parts) => void;
};

/** All that is to be sent because an account ended its sessions leaves at the same time. */
function sendTogether({ oidc, seals, storage }: Parts): void {
  const { logoutMessage } = storage.tables;
  spoil(oidc.endings, 'endAccount', (endAccount) => async (accountId, keepUid) => {
    const before = new Set((await storage.read.select().from(logoutMessage)).map(({ id }) => id));
    await endAccount(accountId, keepUid);
    const rows = (await storage.read.select().from(logoutMessage)).filter(({ id }) => !before.has(id));
    const messages = rows.map(({ id, sealed }) => ({
      id,
      value: JSON.parse(seals.open('logout-message', id, sealed)) as { due: number },
    }));
    const due = Math.min(...messages.map(({ value }) => value.due));
    await storage.write(async (tx) => {
      await tx.delete(logoutMessage);
      for (const { id, value } of messages) {
        const sealed = seals.sealPadded('logout-message', id, JSON.stringify({ ...value, due }), 512);
        await tx.insert(logoutMessage).values({ id, sealed, dueHour: 0 });
      }
    });
  });
}

/** Programs that give away who owns what. */
export const MUTANTS = {
  sid: { what: 'one sid in the whole session', plot: 'visits', worlds: 12, arrange: nameSessionOnce },
  subject: {
    what: 'one subject for the whole account',
    plot: 'visits',
    worlds: 12,
    arrange: (parts) => betrayOwner(parts, subjectOfAll),
  },
  alias: {
    what: 'the account id in the relay address',
    plot: 'visits',
    worlds: 12,
    arrange: (parts) => betrayOwner(parts, accountInAlias),
  },
  'auth time': { what: 'the exact time of a sign-in', plot: 'visits', worlds: 12, arrange: tellExactTimes },
  'logout tokens': {
    what: 'the same delay for the logout tokens of one account',
    plot: 'ends of sessions',
    arrange: sendTogether,
  },
  ...MODERATION_MUTANTS,
} as const satisfies Record<string, Mutant>;

export type MutantName = keyof typeof MUTANTS;
