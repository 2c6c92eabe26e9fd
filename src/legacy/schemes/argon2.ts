import argon2 from 'argon2';
import { fromBase64 } from './encodings.ts';
import { bytesOf, numberOf, textOf, type ReadHash } from './record.ts';
import { areEqual, recorded, UNKNOWN, wholeNumber, type Layout, type Scheme } from './scheme.ts';

const TYPES = { d: argon2.argon2d, i: argon2.argon2i, id: argon2.argon2id } as const;

/** A thread of the machine is started for each lane. */
const MOST_LANES = 16;

/** `memory` in KiB; parts that could not be read are undefined or NaN. */
export type Argon2Parts = {
  readonly type: string;
  readonly version: number;
  readonly memory: number;
  readonly time: number;
  readonly lanes: number;
  readonly salt: Buffer | undefined;
  readonly hash: Buffer | undefined;
};

/** A record of argon2, or that its parts are none that it takes (RFC 9106 §3.1). */
export function readArgon2({ type, version, memory, time, lanes, salt, hash }: Argon2Parts): ReadHash {
  const isAsked = type in TYPES && (version === 0x10 || version === 0x13) && time >= 1 && lanes >= 1;
  if (!isAsked || !(memory >= 8 * lanes) || salt === undefined || hash === undefined) return UNKNOWN;
  if (salt.length < 8 || hash.length < 4 || hash.length > 512) return UNKNOWN;
  const [saltText, hashText] = [salt.toString('base64'), hash.toString('base64')];
  return recorded({ scheme: 'argon2', type, version, memory, time, lanes, salt: saltText, hash: hashText });
}

/** argon2d, argon2i and argon2id (RFC 9106). */
export const argon2Scheme: Scheme = {
  id: 'argon2',
  async verify(record, password) {
    const hash = bytesOf(record, 'hash');
    const made = await argon2.hash(password, {
      raw: true,
      type: TYPES[textOf(record, 'type') as keyof typeof TYPES],
      version: numberOf(record, 'version'),
      memoryCost: numberOf(record, 'memory'),
      timeCost: numberOf(record, 'time'),
      parallelism: numberOf(record, 'lanes'),
      salt: bytesOf(record, 'salt'),
      hashLength: hash.length,
    });
    return areEqual(made, hash);
  },
  cost(record) {
    const memory = numberOf(record, 'memory');
    const isBounded = numberOf(record, 'lanes') <= MOST_LANES;
    const work = isBounded ? (memory / 1024) * numberOf(record, 'time') : Number.POSITIVE_INFINITY;
    return { work, memory: memory * 1024 };
  },
};

const SHAPE =
  /^\$argon2(?<type>id|i|d)\$(?:v=(?<version>\d+)\$)?m=(?<memory>\d+),t=(?<time>\d+),p=(?<lanes>\d+)\$(?<salt>[^$]+)\$(?<hash>[^$]+)$/u;

/** The PHC text format: `$argon2id$v=19$m=65536,t=3,p=4$<salt>$<hash>`; without a version it is the first, 16. */
export const argon2Layout: Layout = {
  id: 'argon2',
  read({ text }) {
    if (!text.startsWith('$argon2')) return undefined;
    const found = SHAPE.exec(text)?.groups;
    if (found === undefined) return UNKNOWN;
    return readArgon2({
      type: found['type'] ?? '',
      version: wholeNumber(found['version'] ?? '16'),
      memory: wholeNumber(found['memory']),
      time: wholeNumber(found['time']),
      lanes: wholeNumber(found['lanes']),
      salt: fromBase64(found['salt'] ?? ''),
      hash: fromBase64(found['hash'] ?? ''),
    });
  },
};
