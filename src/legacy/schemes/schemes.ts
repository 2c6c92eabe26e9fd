import type { ImportedHash } from '../row.ts';
import type { HashRecord, ReadHash } from './record.ts';
import { formsOf, LAYOUTS, schemeOf } from './registry.ts';
import { NONE, UNKNOWN, type Cost } from './scheme.ts';

/** No hash and no salt is longer, in characters. */
const LONGEST = 1024;

/** What a verification may take at most: milliseconds of an ordinary processor, and bytes (P8, A73). */
const MOST: Cost = { work: 2000, memory: 256 * 1024 * 1024 };

/** What stands where somebody has no password: nothing, a word for nothing, or what locks an account. */
const NO_PASSWORD = /^(?:|x|null|nil|none|\\n|:null:|!.*|\*(?![\da-f]{40}$).*)$/isu;

/** What verifying a record takes at most, whatever password is tried. */
export function costOf(record: HashRecord): Cost {
  const { work, memory } = schemeOf(record).cost(record);
  return { work: work * formsOf(record), memory };
}

/**
 * Reads an imported hash into what is kept of it; never throws. Texts in one column are known by their shape. Others are
 * told apart by `algorithm`: the name of the application that made it, or what the column of its table says.
 */
export function readHash(hash: ImportedHash): ReadHash {
  const text = hash.text.trim();
  if (NO_PASSWORD.test(text)) return NONE;
  if ([text, hash.salt, hash.algorithm, hash.iterations].some((part) => (part?.length ?? 0) > LONGEST)) return UNKNOWN;
  const asked = { ...hash, text, algorithm: hash.algorithm?.trim().toLowerCase() ?? '' };
  for (const layout of LAYOUTS) {
    const read = layout.read(asked, (inner) => readHash({ text: inner }));
    if (read !== undefined) return bounded(read);
  }
  return UNKNOWN;
}

function bounded(read: ReadHash): ReadHash {
  if (read.kind !== 'record') return read;
  const { work, memory } = costOf(read.record);
  const isBounded = work <= MOST.work && memory <= MOST.memory;
  return isBounded ? read : { kind: 'costly' };
}

/**
 * A record that costs what this one costs and that no password fits: for the names that nobody has. Nothing of this
 * one's salt or hash is in it, so that it may be kept for as long as anybody asks.
 */
export function decoyOf(record: HashRecord): HashRecord {
  const blank = (value: string): string => value.replaceAll(/[^=]/gu, 'A');
  const parts = Object.entries(record).map(([key, value]) =>
    SECRET_PARTS.has(key) && typeof value === 'string' ? [key, blank(value)] : [key, value],
  );
  return { ...(Object.fromEntries(parts) as HashRecord), scheme: record.scheme };
}

const SECRET_PARTS: ReadonlySet<string> = new Set(['salt', 'hash', 'salt_before']);
