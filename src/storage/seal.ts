import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  randomFillSync,
  type KeyObject,
} from 'node:crypto';

/** A sealed value that no configured key opens, or that was moved, edited or cut. Always internal. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** Randomness that nobody had yet: to draw it in small pieces costs more than to use it. */
const pool = Buffer.alloc(4096);
let left = 0;

/** So many random bytes, each of which is handed out once and never kept. */
function drawn(count: number): Buffer {
  if (left < count) {
    randomFillSync(pool);
    left = pool.length;
  }
  const bytes = Buffer.from(pool.subarray(left - count, left));
  pool.fill(0, left - count, left);
  left -= count;
  return bytes;
}

const NONCE_BYTES = 12;
const MAC_BYTES = 16;

/** What a value is sealed for. It is bound in: a value sealed for one purpose opens for no other. */
export type Purpose =
  | 'account'
  | 'credential'
  | 'enrolment'
  | 'sign-up'
  | 'letter'
  | 'spool'
  | 'spool-body'
  | 'delivery'
  | 'correspondent'
  | 'relay-choice'
  | 'relay-refusals'
  | 'destination'
  | 'mailbox-trouble'
  | 'mail-key'
  | 'session'
  | 'timeline'
  | 'holding'
  | 'profile'
  | 'profile-owner'
  | 'profile-request'
  | 'profile-log'
  | 'profile-invitation'
  | 'appeal'
  | 'quota-exception'
  | 'case'
  | 'unsealing'
  | 'register'
  | 'errand'
  | 'account-log'
  | 'legacy-profile'
  | 'legacy-batch'
  | 'legacy-task'
  | 'notice-token'
  | 'token'
  | 'transient'
  | 'attempt'
  | 'question'
  | 'logout-message'
  | 'signing-key'
  | 'saml-key'
  | 'saml-session'
  | 'known-device'
  | 'invitation'
  | 'connection'
  | 'recent-sign-ins'
  | 'check';

/** What a tag is made for; each has a key of its own, so tags of different kinds never agree. */
export type TagPurpose =
  | 'login'
  | 'login-shape'
  | 'mailbox'
  | 'mailbox-search'
  | 'second-mailbox'
  | 'passkey'
  | 'account'
  | 'holding'
  | 'attempt'
  | 'relay-profile'
  | 'correspondent'
  | 'seen-mail'
  | 'destination'
  | 'legacy-address'
  | 'legacy-told'
  | 'legacy-code'
  | 'legacy-decoy'
  | 'legacy-link';

export type Seals = ReturnType<typeof makeSeals>;

/** `bytes`: none where all of it that may be used is derived already. */
type MasterKey = { name: string; bytes: Buffer | undefined; derived: Map<string, KeyObject> };

/** What was derived for some purposes of a master key: a thread of this program can be handed it. */
export type LentKeys = readonly { readonly name: string; readonly derived: ReadonlyMap<string, KeyObject> }[];

function derive(key: MasterKey, purpose: string): KeyObject {
  let derived = key.derived.get(purpose);
  if (derived === undefined) {
    if (key.bytes === undefined) throw new Error(`no key for ${purpose} was lent`);
    // A key object: raw bytes would be examined and copied at every use.
    derived = createSecretKey(Buffer.from(hkdfSync('sha256', key.bytes, 'aluco', purpose, 32)));
    key.derived.set(purpose, derived);
  }
  return derived;
}

function namedKey(bytes: Buffer): MasterKey {
  const derived = new Map<string, KeyObject>();
  const name = createHash('sha256')
    .update(derive({ name: '', bytes, derived }, 'name').export())
    .digest('base64url')
    .slice(0, 6);
  return { name, bytes, derived };
}

/**
 * Sealing and tagging under the master keys, newest first. Sealing is AES-256-GCM with a random nonce; the key is
 * derived for its purpose (RFC 5869) and named in the value, and purpose and context are authenticated with it.
 * `context` is the id of the row a value belongs to, so that a value moved to another row does not open.
 */
export function makeSeals(masterKeys: readonly Buffer[]) {
  return sealsOf(masterKeys.map(namedKey));
}

/** Sealing and tagging for the purposes alone that keys were lent for; any other throws. */
export function borrowedSeals(lent: LentKeys): Seals {
  return sealsOf(lent.map(({ name, derived }) => ({ name, bytes: undefined, derived: new Map(derived) })));
}

function sealsOf(keys: readonly MasterKey[]) {
  const [current] = keys;
  if (current === undefined) throw new Error('no master key');

  const tagWith = (key: MasterKey, purpose: TagPurpose, parts: readonly string[]): string => {
    const mac = createHmac('sha256', derive(key, `tag:${purpose}`));
    // Lengths in front keep ('ab', 'c') and ('a', 'bc') apart.
    mac.update(parts.map((part) => `${part.length}:${part}`).join(''));
    return `${key.name}.${mac.digest('base64url')}`;
  };

  const encrypt = (purpose: Purpose, context: string, plain: Buffer | string): Buffer[] => {
    const nonce = drawn(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', derive(current, `seal:${purpose}`), nonce);
    cipher.setAAD(Buffer.from(`${current.name}\0${purpose}\0${context}`));
    const sealed = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
    return [nonce, sealed, cipher.final(), cipher.getAuthTag()];
  };

  const decrypt = (purpose: Purpose, context: string, name: string, body: Buffer): Buffer => {
    const key = keys.find((candidate) => candidate.name === name);
    if (key === undefined) throw new SealError(`no key named ${name.slice(0, 6)}`);
    if (body.length < NONCE_BYTES + MAC_BYTES) throw new SealError(`a ${purpose} value is cut`);
    try {
      const nonce = body.subarray(0, NONCE_BYTES);
      const options = { authTagLength: MAC_BYTES };
      const decipher = createDecipheriv('aes-256-gcm', derive(key, `seal:${purpose}`), nonce, options);
      decipher.setAAD(Buffer.from(`${key.name}\0${purpose}\0${context}`));
      decipher.setAuthTag(body.subarray(-MAC_BYTES));
      return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -MAC_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new SealError(`a ${purpose} value does not open`, { cause });
    }
  };

  const seal = (purpose: Purpose, context: string, text: string): string =>
    `${current.name}.${Buffer.concat(encrypt(purpose, context, text)).toString('base64url')}`;

  return {
    /** Seals `text` with the newest key. The length of the result shows the length of the text. */
    seal,

    /** Like `seal`, padded with spaces to a multiple of `step` bytes; for JSON, which ignores them. */
    sealPadded(purpose: Purpose, context: string, json: string, step: number): string {
      const bytes = Buffer.byteLength(json);
      return seal(purpose, context, json + ' '.repeat((step - (bytes % step)) % step));
    },

    /** @throws {SealError} when no configured key opens it for this purpose and context. */
    open(purpose: Purpose, context: string, sealed: string): string {
      const dot = sealed.indexOf('.');
      const body = Buffer.from(sealed.slice(dot + 1), 'base64url');
      return decrypt(purpose, context, sealed.slice(0, dot), body).toString('utf8');
    },

    /** Seals bytes as bytes; the length of the result shows their length. */
    sealBytes(purpose: Purpose, context: string, bytes: Buffer): Buffer {
      return Buffer.concat([Buffer.from(`${current.name}.`), ...encrypt(purpose, context, bytes)]);
    },

    /** @throws {SealError} when no configured key opens them for this purpose and context. */
    openBytes(purpose: Purpose, context: string, sealed: Buffer): Buffer {
      const dot = sealed.indexOf('.');
      return decrypt(purpose, context, sealed.toString('latin1', 0, Math.max(dot, 0)), sealed.subarray(dot + 1));
    },

    /** The keyed hash a sealed value is looked up by, under the newest key. */
    tag(purpose: TagPurpose, ...parts: readonly string[]): string {
      return tagWith(current, purpose, parts);
    },

    /** The tag under every configured key, newest first: look-ups try them all while a key is being replaced. */
    tags(purpose: TagPurpose, ...parts: readonly string[]): string[] {
      return keys.map((key) => tagWith(key, purpose, parts));
    },

    /**
     * The newest keys for these purposes and no other, for `borrowedSeals` in a thread that makes values and opens none of
     * before. The master key cannot be reckoned from them.
     */
    lend: ({ seals = [], tags = [] }: { seals?: readonly Purpose[]; tags?: readonly TagPurpose[] }): LentKeys => {
      const purposes = [...seals.map((purpose) => `seal:${purpose}`), ...tags.map((purpose) => `tag:${purpose}`)];
      return [{ name: current.name, derived: new Map(purposes.map((purpose) => [purpose, derive(current, purpose)])) }];
    },

    /** A key for another use, one for each master key, newest first. */
    keysFor(use: 'cookies' | 'first-run' | 'doctor' | 'work'): string[] {
      return keys.map((key) => derive(key, `use:${use}`).export().toString('base64url'));
    },
  };
}

/** The hash under which a random identifier (128 bit or more) is stored, so that a copy of the table is no use. */
export function hashId(value: string): string {
  return hash('sha256', value, 'base64url');
}

/**
 * A random identifier of 128 bit in base64url: never a counter, never ordered by time, and never beginning with a dash,
 * for a command would take it for an option.
 */
export function randomId(): string {
  for (;;) {
    const id = drawn(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/**
 * Whether a text that came from outside can be an identifier of ours. PostgreSQL does not look for just any text: one
 * with NUL in it makes the query fail.
 */
export function isId(text: string): boolean {
  return /^[\w-]{1,64}$/u.test(text);
}

const HOUR = 3_600_000;

/** Rounds a time in milliseconds up to the hour: all that a plain column may say of an expiry (P2). */
export function roundUpToHour(milliseconds: number): number {
  return Math.ceil(milliseconds / HOUR) * HOUR;
}
