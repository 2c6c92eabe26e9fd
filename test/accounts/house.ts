import {
  makeAccounts,
  type AccountNeeds,
  type Accounts,
  type Letter,
  type NewAccount,
} from '../../src/accounts/accounts.ts';
import { makeHasher, type Hasher } from '../../src/accounts/hashing.ts';
import type { Db, Storage } from '../../src/storage/storage.ts';
import type { Ground } from '../engines.ts';

/** A password that fits everybody here. */
export const PASSWORD = 'trois hiboux gris';

/** Where people sit: documentation networks (RFC 5737, RFC 3849), each in a /24 of its own. */
export const HOME = '192.0.2.17';
export const CAFE = '198.51.100.4';

export type House = {
  accounts: Accounts;
  hasher: Hasher;
  /** Milliseconds; tests move it by hand. */
  clock: { time: number };
  /** What the rooms above were told. */
  told: string[];
  /** Accounts that could be reached by mail again. */
  reachable: string[];
  /** What was handed to the post. */
  letters: Letter[];
  add(loginName: string, more?: Partial<NewAccount>): ReturnType<Accounts['add']>;
};

/** The room on real storage, with a clock that only moves when told to. */
export function makeHouse(ground: Ground, needs: Partial<AccountNeeds> = {}): House {
  const clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
  const told: string[] = [];
  const reachable: string[] = [];
  const letters: Letter[] = [];
  const hasher = needs.hasher ?? makeHasher();
  const accounts = makeAccounts({
    storage: ground.storage,
    seals: ground.seals,
    now: () => clock.time,
    hasher,
    address: 'https://nid.example.org',
    issuer: 'Le Nid des Chouettes',
    contextWords: ['Le Nid des Chouettes'],
    isBreached: async () => false,
    accountLogDays: 180,
    connectionMonths: 0,
    factorPolicy: 'optional',
    leaveDays: 14,
    signUpMode: 'invitation',
    termsVersion: '',
    hasMail: true,
    recoveryWaitHours: 24,
    post: async (_tx, letter) => void letters.push(letter),
    destinationOf: async () => ({ name: '', address: 'https://id.example' }),
    onPasswordChanged: async (accountId, keep) => void told.push(`password ${accountId} ${keep ?? '-'}`),
    onSuspended: async (accountId) => void told.push(`suspended ${accountId}`),
    onReachable: async (accountId) => void reachable.push(accountId),
    ...needs,
  });
  return {
    accounts,
    hasher,
    clock,
    told,
    reachable,
    letters,
    add: (loginName, more = {}) => accounts.add({ loginName, password: PASSWORD, language: 'fr', ...more }),
  };
}

type Builder = Record<string | symbol, unknown>;

/** A query on its way, telling when it runs: at once when it is awaited, or each time it is executed once prepared. */
function watchQuery(query: Builder, onRun: () => void): Builder {
  return new Proxy(query, {
    get(target, property) {
      const value = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (property === 'then' || property === 'execute') onRun();
        const result: unknown = value.apply(target, args);
        const goesOn = typeof result === 'object' && result !== null && property !== 'then' && property !== 'execute';
        return goesOn ? watchQuery(result as Builder, onRun) : result;
      };
    },
  });
}

/** The same storage, telling how many statements of each kind ran on it. */
export function countQueries(storage: Storage): { storage: Storage; counts: Record<string, number> } {
  const counts: Record<string, number> = {};
  const watched = (db: Db, where: string): Db =>
    new Proxy(db, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (!['select', 'insert', 'update', 'delete'].includes(String(property))) return value;
        const kind = `${where} ${String(property)}`;
        const count = (): void => {
          counts[kind] = (counts[kind] ?? 0) + 1;
        };
        return (...args: unknown[]) => watchQuery((value as (...all: unknown[]) => Builder).apply(target, args), count);
      },
    });
  return {
    counts,
    storage: {
      ...storage,
      read: watched(storage.read, 'read'),
      write: (work) => {
        counts['write'] = (counts['write'] ?? 0) + 1;
        return storage.write((tx) => work(watched(tx, 'write')));
      },
    },
  };
}

/** The code and values of the UserError that a promise ends with; `fine` when it does not. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'fine';
  } catch (error) {
    const { code, params } = error as { code?: string; params?: Record<string, unknown> };
    if (code === undefined || params === undefined) throw error;
    return [code, ...Object.entries(params).map(([name, value]) => `${name}=${String(value)}`)].join(' ');
  }
}
