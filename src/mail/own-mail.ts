import type { OwnProfile } from '../profiles/profiles.ts';
import { addressDomain } from './addresses.ts';
import type { Choice } from './forward/choices.ts';
import type { Correspondent } from './forward/correspondents.ts';
import type { Delivery, DeliveryState, HoldReason, Trouble } from './spool/spool.ts';

export type Mode = Choice['mode'];
export type Strangers = Choice['strangers'];

/** How mail to a profile is doing: what its owner chose, and how many messages wait, are held or did not arrive. */
export type MailStanding = Readonly<Choice> & {
  readonly waiting: number;
  readonly held: number;
  readonly failed: number;
};

/** One line of the log of a profile: never anything of what a message says. Times in milliseconds. */
export type LogLine = {
  readonly id: string;
  /** Whether it came from outside, or was written by its owner here. */
  readonly way: 'in' | 'out';
  readonly at: number;
  readonly outcome: DeliveryState;
  readonly heldFor: HoldReason | undefined;
  /** The domain it came from, or goes to. */
  readonly domain: string;
  /** Why it did not arrive so far: for its owner alone. */
  readonly trouble: Trouble | undefined;
  /** Whether it may have been delivered twice. */
  readonly mayBeTwice: boolean;
  /** Whether the message still is here. */
  readonly isKept: boolean;
  /** Until when, where it waits for its owner. */
  readonly until: number | undefined;
};

/** A message as its owner may deal with it. */
export type OwnMessage = LogLine & {
  /** Who wrote it, or whom it goes to; `id` where they can be blocked. */
  readonly correspondent:
    | { readonly id: string | undefined; readonly address: string; readonly name: string; readonly isBlocked: boolean }
    | undefined;
  readonly mayBeAnswered: boolean;
};

/** What became of a message that may be answered: it reached its owner, or was for them. */
const ANSWERED: ReadonlySet<DeliveryState> = new Set(['waiting', 'held', 'delivered', 'bounced', 'failed']);

/** What the log says of a delivery. */
export function lineOf(delivery: Delivery): LogLine {
  const { id, kind, acceptedAt, state, why, fromDomain, correspondent, trouble, mayBeTwice, due } = delivery;
  const isKept = delivery.isOpen && delivery.spoolId !== undefined;
  const way = kind === 'reply' ? 'out' : 'in';
  // What was kept for its owner, and is no longer, they threw away.
  const isDiscarded = !delivery.isOpen && (state === 'held' || state === 'failed');
  return {
    id,
    way,
    at: acceptedAt,
    outcome: isDiscarded && way === 'in' ? 'muted' : state,
    heldFor: state === 'held' && !isDiscarded ? why : undefined,
    domain: way === 'out' && correspondent !== undefined ? addressDomain(correspondent.address) : fromDomain,
    trouble,
    mayBeTwice,
    isKept,
    until: isKept && state !== 'waiting' ? due : undefined,
  };
}

/** What the page of a delivery says. `known`: its correspondent, where the profile has them. */
export function messageOf(profile: OwnProfile, delivery: Delivery, known: Correspondent | undefined): OwnMessage {
  const { kind, state, why, correspondent } = delivery;
  return {
    ...lineOf(delivery),
    correspondent: correspondent && { ...correspondent, id: known?.id, isBlocked: known?.isBlocked === true },
    mayBeAnswered:
      kind === 'forward' &&
      profile.status === 'active' &&
      correspondent !== undefined &&
      known?.isBlocked !== true &&
      ANSWERED.has(state) &&
      // Whoever was let through is no stranger any more.
      !(state === 'held' && why === 'stranger'),
  };
}
