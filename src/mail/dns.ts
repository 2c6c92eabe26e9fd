import { Resolver } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import pLimit from 'p-limit';

/** A host's place among those that take mail for a domain; the smallest priority first. */
export type MailHost = { readonly exchange: string; readonly priority: number };

/** What each kind of record is answered with, in the shape of `node:dns`. */
type Answers = { TXT: string[][]; MX: MailHost[]; A: string[]; AAAA: string[]; PTR: string[] };
export type RecordKind = keyof Answers;

/**
 * DNS as mail needs it. Everything throws what `node:dns` throws: `isMissing` tells an answer of "there is none" from
 * the lack of an answer, which may come later. Answers are remembered for a short while.
 */
export type Dns = {
  /** Each record's strings put together. */
  txt(name: string): Promise<string[]>;
  mx(name: string): Promise<MailHost[]>;
  /** IPv4 and IPv6 addresses; empty where there are none. */
  addresses(name: string): Promise<string[]>;
  /** The names of an address. */
  names(address: string): Promise<string[]>;
  /** Any of the kinds above as `dns.promises.resolve` answers it, for libraries that take a resolver. */
  resolve<K extends RecordKind>(name: string, kind: K): Promise<Answers[K]>;
};

const SECOND = 1000;
/** How long one question may take at one server, and how often it is asked. */
const TIMEOUT = 2 * SECOND;
const TRIES = 2;
/** However many servers there are, whoever asks waits no longer. */
const PATIENCE = 5 * SECOND;
/** How long an answer, "there is none" and a failure are remembered. */
const KEPT = 5 * 60 * SECOND;
const KEPT_MISSING = 60 * SECOND;
const KEPT_FAILURE = 5 * SECOND;
/** So many answers are remembered, so many questions are asked at once, and so many wait (P8). */
const ANSWERS_MAX = 5000;
const ASKED_MAX = 64;
const WAITING_MAX = 2000;

class DnsError extends Error {
  override readonly name = 'DnsError';
  readonly code: string;

  constructor(code: 'ENOTFOUND' | 'ETIMEOUT') {
    super(code === 'ENOTFOUND' ? 'no such name can exist' : 'no answer in time');
    this.code = code;
  }
}

/** Whether a failure means that there is no such record, and not that nobody answered. */
export function isMissing(error: unknown): boolean {
  return /^(ENOTFOUND|ENODATA)$/u.test(String((error as { code?: unknown }).code));
}

/** Whether a name can stand in a question (RFC 1035 §2.3.4). */
function isPossible(name: string): boolean {
  const labels = name.replace(/\.$/u, '').split('.');
  return name.length <= 254 && labels.every((label) => /^[\u0021-\u007e]{1,63}$/u.test(label));
}

/** Where the names of an address are asked for (RFC 1035 §3.5, RFC 3596 §2.5). */
function reverseName(address: string): string {
  if (!ipaddr.isValid(address)) throw new DnsError('ENOTFOUND');
  const parsed = ipaddr.process(address);
  const bytes = parsed.toByteArray().toReversed();
  if (parsed.kind() === 'ipv4') return `${bytes.join('.')}.in-addr.arpa`;
  return `${bytes.map((byte) => `${(byte & 15).toString(16)}.${(byte >> 4).toString(16)}`).join('.')}.ip6.arpa`;
}

/** The answer, or ETIMEOUT when it takes too long. */
function inTime<T>(asked: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DnsError('ETIMEOUT')), PATIENCE);
    asked.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

type Remembered = { readonly answer: Promise<Answers[RecordKind]>; until: number };

/**
 * @param servers as `ALUCO_DNS` names them; none: those of the system.
 * @param uptime milliseconds that went by, by which answers are forgotten.
 */
export function makeDns(servers: readonly string[], uptime: () => number = () => performance.now()): Dns {
  const resolver = new Resolver({ timeout: TIMEOUT, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  const limit = pLimit(ASKED_MAX);
  const remembered = new Map<string, Remembered>();

  const ask: { readonly [K in RecordKind]: (name: string) => Promise<Answers[K]> } = {
    TXT: (name) => resolver.resolveTxt(name),
    async MX(name) {
      return (await resolver.resolveMx(name)).map(({ exchange, priority }) => ({ exchange, priority }));
    },
    A: (name) => resolver.resolve4(name),
    AAAA: (name) => resolver.resolve6(name),
    PTR: (name) => resolver.resolvePtr(name),
  };

  /** Asks, and keeps the answer for as long as its kind may be kept. */
  function remember(key: string, asked: Promise<Answers[RecordKind]>): Promise<Answers[RecordKind]> {
    const entry: Remembered = { answer: inTime(asked), until: Number.POSITIVE_INFINITY };
    const keep = (time: number): void => {
      entry.until = uptime() + time;
    };
    entry.answer.then(
      () => keep(KEPT),
      (error: unknown) => keep(isMissing(error) ? KEPT_MISSING : KEPT_FAILURE),
    );
    remembered.delete(key);
    remembered.set(key, entry);
    // The oldest goes: a flood of names pushes others out, and grows nothing.
    if (remembered.size > ANSWERS_MAX) remembered.delete(remembered.keys().next().value ?? '');
    return entry.answer;
  }

  async function resolve<K extends RecordKind>(name: string, kind: K): Promise<Answers[K]> {
    if (!isPossible(name)) throw new DnsError('ENOTFOUND');
    const key = `${kind} ${name.toLowerCase()}`;
    const known = remembered.get(key);
    if (known !== undefined && known.until > uptime()) return (await known.answer).slice() as Answers[K];
    if (limit.pendingCount >= WAITING_MAX) throw new DnsError('ETIMEOUT');
    const asked = limit((): Promise<Answers[RecordKind]> => ask[kind](name));
    return (await remember(key, asked)).slice() as Answers[K];
  }

  const orNone = async (asked: Promise<string[]>): Promise<string[]> => {
    try {
      return await asked;
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  };

  return {
    resolve,
    txt: async (name) => (await resolve(name, 'TXT')).map((strings) => strings.join('')),
    mx: (name) => resolve(name, 'MX'),
    async addresses(name) {
      const found = await Promise.all([orNone(resolve(name, 'A')), orNone(resolve(name, 'AAAA'))]);
      return found.flat();
    },
    names: async (address) => resolve(reverseName(address), 'PTR'),
  };
}
