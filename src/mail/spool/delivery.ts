import { z } from 'zod';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Whoever takes a delivery has this long, in milliseconds, before another node may take it. */
export const LEASE = 5 * MINUTE;
/** What could not be delivered for so long has failed (RFC 5321 §4.5.4.1). */
export const PATIENCE = 5 * DAY;
/** Messages that are held or failed stay for so long, and so do the lines of the log of those that are closed. */
export const KEPT = 14 * DAY;
/** The sender's retry after a lost 250 is known for so long. */
export const SEEN = 5 * DAY;
/** Pauses after a try in vain, in milliseconds; the last again and again. */
const PAUSES = [1, 5, 15, 30, 60, 120].map((minutes) => minutes * MINUTE);
/** So far, in parts of the pause, each is moved by chance, so that what failed together does not come back together. */
const SPREAD = 0.2;
/** No delivery is due later than this: one that seems to be was put off while the clock was wrong. */
export const LATEST = 12 * HOUR;

/** Caps on what a line of the log holds (P8), in characters; longer texts are cut, longer identifiers left out. */
export const TEXT_MAX = 300;
const NAME_MAX = 100;
const ADDRESS_MAX = 320;
const DOMAIN_MAX = 253;
const ID_MAX = 250;
const REFERENCES_MAX = 500;
/** Rows grow in these steps, in bytes: nearly all of them are of one size. */
export const STEP = 2048;

export const DELIVERY_KINDS = ['forward', 'reply', 'administrators'] as const;
export const DELIVERY_STATES = [
  'waiting',
  'held',
  'delivered',
  'bounced',
  'failed',
  'muted',
  'refused',
  'stranger',
  'stopped',
] as const;
export const HOLD_REASONS = ['choice', 'stranger', 'mailbox', 'limit'] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];
export type HoldReason = (typeof HOLD_REASONS)[number];

const trouble = z.object({
  /** The reply of SMTP, or a code of the system. */
  code: z.string(),
  /** RFC 3463; empty without one. */
  enhanced: z.string(),
  /** What the other side said: for the owner alone, at most 300 characters. */
  text: z.string(),
  /** In milliseconds. */
  at: z.number(),
});

/** Why a try was in vain. */
export type Trouble = Readonly<z.output<typeof trouble>>;

/** What a row seals. */
export const sealedDelivery = z.object({
  /** For whom: a profile, or the account of an administrator. */
  profileId: z.string().exactOptional(),
  accountId: z.string().exactOptional(),
  kind: z.enum(DELIVERY_KINDS),
  state: z.enum(DELIVERY_STATES),
  /** Why it is, or was, held. */
  why: z.enum(HOLD_REASONS).exactOptional(),
  /** When it came, in milliseconds. */
  acceptedAt: z.number(),
  /** The domain of the sender, as it was proven. */
  fromDomain: z.string(),
  /** Who wrote; of an answer, to whom it goes. */
  correspondent: z.object({ address: z.string(), name: z.string() }).exactOptional(),
  messageId: z.string().exactOptional(),
  references: z.string().exactOptional(),
  /** The local part of its own MAIL FROM, the same at every try. */
  returnLocal: z.string(),
  /** Waiting: when it is tried. Held or failed: until when its message stays. Closed: when the line goes. In milliseconds. */
  due: z.number(),
  /** How often it was tried in vain. */
  tries: z.number(),
  /** When it came, or was put off for the last time, in milliseconds. */
  triedAt: z.number(),
  /** Since when it waits, in milliseconds: what five days are counted from. */
  since: z.number(),
  trouble: trouble.exactOptional(),
  /** Whether a program ended while it may have been sending it. */
  mayBeTwice: z.boolean(),
  /** Whether it came back while it was still being sent. */
  cameBack: z.boolean().exactOptional(),
  /** Who has it in hand, and until when in milliseconds. */
  lease: z.object({ node: z.string(), until: z.number() }).exactOptional(),
});

export type Sealed = z.output<typeof sealedDelivery>;

/** One recipient of one message, or a line of its owner's log. */
export type Delivery = Readonly<Omit<Sealed, 'lease' | 'cameBack'>> & {
  readonly id: string;
  /** Its message, as long as that is here. */
  readonly spoolId: string | undefined;
  /** Whether its message may still leave: it waits, is held, or failed and may be sent again. */
  readonly isOpen: boolean;
  /** How it lies in the database, to compare with when it is changed. */
  readonly sealed: string;
};

/** What a new delivery says; the rest comes from the spool. `waiting` and `held` keep the message, others are lines alone. */
export type NewDelivery = Pick<Delivery, 'kind' | 'state' | 'fromDomain'> &
  Partial<Pick<Delivery, 'why' | 'correspondent' | 'messageId' | 'references'>> &
  ({ readonly profileId: string } | { readonly accountId: string });

/** A line of a profile's log without a message. */
export type Entry = Omit<NewDelivery, 'profileId' | 'accountId'>;

/** When a delivery is tried again after `tries` in vain, in milliseconds. `chance`: from 0 to 1. */
export function nextTry(now: number, tries: number, chance: number): number {
  const pause = PAUSES[Math.min(tries, PAUSES.length - 1)] ?? HOUR;
  return now + Math.round(pause * (1 + SPREAD * (2 * chance - 1)));
}

/** Whether a delivery waited for five days. Only to be asked while the clock goes steadily. */
export function isTooOld({ since }: Pick<Delivery, 'since'>, now: number): boolean {
  return since + PATIENCE <= now;
}

/** Well-formed, without control characters, not too long. */
const clean = (text: string, max: number): string =>
  text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .replaceAll(/\p{Cs}/gu, '\uFFFD')
    .trim()
    .slice(0, max)
    .replace(/[\uD800-\uDBFF]$/u, '');

/** The last identifiers of a thread that have room (RFC 5322 §3.6.4). */
function lastOf(references: string): string {
  const ids: string[] = [];
  let room = REFERENCES_MAX;
  for (const id of clean(references, references.length).split(/\s+/u).toReversed()) {
    room -= id.length + 1;
    if (room < 0) break;
    ids.unshift(id);
  }
  return ids.join(' ');
}

/** Cuts a trouble to what a row may hold. */
export const cappedTrouble = ({ code, enhanced, text, at }: Trouble): Trouble => ({
  code: clean(code, 20),
  enhanced: clean(enhanced, 12),
  text: clean(text, TEXT_MAX),
  at,
});

/** Cuts what is said of a new delivery to what a row may hold. */
export function capped({ kind, state, fromDomain, why, correspondent, messageId, references, ...whose }: NewDelivery) {
  const id = messageId === undefined ? '' : clean(messageId, ID_MAX + 1);
  return {
    ...('profileId' in whose ? { profileId: whose.profileId } : { accountId: whose.accountId }),
    kind,
    state,
    fromDomain: clean(fromDomain, DOMAIN_MAX),
    ...(why === undefined ? {} : { why }),
    ...(correspondent === undefined
      ? {}
      : {
          correspondent: {
            address: clean(correspondent.address, ADDRESS_MAX),
            name: clean(correspondent.name, NAME_MAX),
          },
        }),
    ...(id === '' || id.length > ID_MAX ? {} : { messageId: id }),
    ...(references === undefined ? {} : { references: lastOf(references) }),
  };
}
