import type { Log } from '../../log.ts';
import { hashId, isId, randomId, type Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import { makeAccept, messageOf } from './accept.ts';
import { makeAgenda } from './agenda.ts';
import { makeBodies } from './body.ts';
import type { Delivery } from './delivery.ts';
import { makeRoom } from './full.ts';
import { makeHand } from './hand.ts';
import { sealedMessage, type Message } from './message.ts';
import { makeMoves } from './moves.ts';
import type { Reached } from './reached.ts';
import { makeRows } from './rows.ts';
import { makeDeliveryStore, makeMessageStore, type ReadRow } from './store.ts';
import { makeSweep } from './sweep.ts';
import { makeTake } from './take.ts';

export type { Delivery, DeliveryState, Entry, HoldReason, NewDelivery, Trouble } from './delivery.ts';
export { isTooOld, nextTry } from './delivery.ts';
export { SpoolFullError } from './full.ts';
export type { Message } from './message.ts';
export { POINTS } from './reached.ts';

export type Spool = ReturnType<typeof makeSpool>;

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  log: Log;
  /** Told at each point at which a program may end between two steps. */
  reached?: Reached;
  /**
   * Other limits than the usual ones: deliveries and bytes of the whole, bytes of the disk that stay free, lines of a
   * profile, deliveries in hand.
   */
  limits?: { deliveries?: number; bytes?: number; free?: number; lines?: number; hand?: number };
};

/**
 * A delivery that waits, for the administrators' page: without its correspondent and the words of other servers. The
 * profile is for the program, to count by destination, and is never shown.
 */
export type Queued = Pick<
  Delivery,
  'id' | 'profileId' | 'kind' | 'acceptedAt' | 'since' | 'due' | 'tries' | 'fromDomain'
> & {
  readonly trouble: { readonly code: string; readonly enhanced: string; readonly at: number } | undefined;
};

/**
 * Messages on their way, sealed, and the log of what became of them. To be made once in the life of a process: what
 * another one has in hand counts as left behind by a process that ended.
 *
 * A message is kept in one transaction with a delivery for each recipient, and goes with the last delivery that needs
 * it. Whoever takes a delivery has it by lease; a process that dies leaves its leases, which are void at once on SQLite,
 * where one process writes, and after five minutes on PostgreSQL. So a delivery may leave twice, and none is lost.
 */
export function makeSpool({ storage, seals, now, log, reached = () => undefined, limits = {} }: Needs) {
  const node = randomId();
  const deliveries = makeDeliveryStore(storage);
  const messages = makeMessageStore(storage);
  const rows = makeRows({ seals, log });
  const room = makeRoom({
    deliveries,
    messages,
    free: storage.free,
    now,
    deliveriesMax: limits.deliveries,
    bytesMax: limits.bytes,
    freeMin: limits.free,
  });
  const hand = makeHand({ max: limits.hand });
  const agenda = makeAgenda({ deliveries, now });
  const bodies = makeBodies({ storage, seals, now, room, messages, reached });
  const common = { storage, seals, now, log, node, rows, room, hand, agenda, bodies, deliveries, messages, reached };
  const moves = makeMoves(common);
  const { putOff, hold, settle, release, discard, bounced, keepLeases } = moves;

  const deliveriesOf = (found: readonly ReadRow[]): Delivery[] =>
    found.flatMap((row) => rows.open(row) ?? []).map(rows.deliveryOf);

  async function logOf(profileId: string): Promise<Delivery[]> {
    const found = await deliveries.ofProfile(seals.tags('relay-profile', profileId));
    return deliveriesOf(found)
      .filter((delivery) => delivery.profileId === profileId)
      .toSorted((a, b) => b.acceptedAt - a.acceptedAt);
  }

  return {
    /** Begins to take the body of a message, in memory that does not grow with it. */
    begin: bodies.begin,
    ...makeAccept({ ...common, linesMax: limits.lines }),
    ...makeTake(common),
    putOff,
    hold,
    settle,
    release,
    discard,
    bounced,
    keepLeases,

    /** A message, as long as a delivery needs it. */
    async message(id: string): Promise<Message | undefined> {
      const known = hand.recall(id);
      if (known !== undefined) return known;
      const row = await messages.find(id);
      if (row === undefined) return undefined;
      const { head: latin1, meta } = sealedMessage.parse(JSON.parse(seals.open('spool', id, row.sealed)));
      const head = Buffer.from(latin1, 'latin1');
      if (row.body !== null) return messageOf(id, head, meta, bodies.open(id, row.body, meta.size));
      return { id, head, meta, body: () => bodies.read(id, meta.size) };
    },

    /** The delivery whose MAIL FROM had this local part. */
    async findByReturn(local: string): Promise<Delivery | undefined> {
      const row = await deliveries.findByReturn(hashId(local.toLowerCase()));
      return row === undefined ? undefined : deliveriesOf([row])[0];
    },

    /** All that is known of mail to a profile, for its owner: what came last stands first. */
    logOf,

    /** One delivery of a profile. */
    async find(profileId: string, deliveryId: string): Promise<Delivery | undefined> {
      const row = isId(deliveryId) ? await deliveries.find(deliveryId) : undefined;
      const [delivery] = row === undefined ? [] : deliveriesOf([row]);
      return delivery?.profileId === profileId ? delivery : undefined;
    },

    /** What waits for a profile, is held or has failed. */
    waitingOf: async (profileId: string): Promise<Delivery[]> =>
      (await logOf(profileId)).filter(({ isOpen }) => isOpen),

    /** How many deliveries there are, and the hour in which the first of those that wait is due, in milliseconds. */
    counts: deliveries.counts,

    /** Some of what waits, by the hour in which it is due, for what administrators see. */
    async queue(limit: number): Promise<Queued[]> {
      const found = await deliveries.first('waiting', Number.MAX_SAFE_INTEGER, limit);
      return deliveriesOf(found).map(({ id, profileId, kind, acceptedAt, since, due, tries, fromDomain, trouble }) => ({
        id,
        ...(profileId === undefined ? {} : { profileId }),
        kind,
        acceptedAt,
        since,
        due,
        tries,
        fromDomain,
        trouble: trouble && { code: trouble.code, enhanced: trouble.enhanced, at: trouble.at },
      }));
    },

    /** Whether nothing more is taken at this moment, as far as is known. */
    isFull: room.isFull,

    /** Removes what has had its time; for the clock, about once an hour, while the clock goes steadily. */
    sweep: makeSweep({ ...common, moves }),
  };
}
