import { randomLocal } from '../random-local.ts';
import { hashId, randomId, roundUpToHour, type Seals } from '../../storage/seal.ts';
import type { Db } from '../../storage/storage.ts';
import type { StoredBody } from './body.ts';
import {
  capped,
  KEPT,
  LEASE,
  PATIENCE,
  SEEN,
  type Delivery,
  type Entry,
  type NewDelivery,
  type Sealed,
} from './delivery.ts';
import { makeGather } from './gather.ts';
import { sealedMessage, type MessageMeta } from './message.ts';
import type { MovesNeeds } from './moves.ts';
import { statusOf } from './rows.ts';
import type { DeliveryRow } from './store.ts';

/** The log of a profile holds so many lines; the oldest go first, whatever was kept of them (P8). */
export const LINES_MAX = 1000;
/** With much to do, messages that came whole within so many milliseconds are kept together. */
const COMMITTING = 3;
/** Headers are filled up to a multiple of so many bytes. */
const HEAD_STEP = 4096;
/** When a message can be gone at the latest, in milliseconds after it came: see `sweep`. */
const LONGEST = PATIENCE + 2 * KEPT;

type Draft = { row: DeliveryRow; content: Sealed; seenTags: string[]; profileTags: string[] };

type Needs = MovesNeeds & { seals: Seals; linesMax?: number | undefined };

/** What comes into the spool: messages with their deliveries, and lines of logs. */
export function makeAccept(needs: Needs) {
  const { storage, seals, now, node, rows, room, hand, agenda, bodies, deliveries, messages, reached } = needs;
  const linesMax = needs.linesMax ?? LINES_MAX;
  const gather = makeGather(COMMITTING);

  /** What the sender's retry would have in common with this one. Without a Message-ID two are never taken for one. */
  function seenTagsOf(fresh: NewDelivery, { bodyHash }: Pick<MessageMeta, 'bodyHash'>): string[] {
    const { messageId, fromDomain } = fresh;
    if (messageId === undefined || messageId === '') return [];
    // Not MAIL FROM, which whoever brings it again may choose; and a stranger may say to be of any domain.
    const domain = fresh.why === 'stranger' ? `stranger:${fromDomain}` : fromDomain;
    const whose = 'profileId' in fresh ? fresh.profileId : fresh.accountId;
    return seals.tags('seen-mail', fresh.kind, domain, whose, messageId, bodyHash);
  }

  function draft(fresh: NewDelivery, spoolId: string | null, seenTags: string[], isLeased: boolean): Draft {
    const at = now();
    const id = randomId();
    const returnLocal = randomLocal();
    const isLeasable = fresh.state === 'waiting' && isLeased;
    const content: Sealed = {
      ...capped(fresh),
      acceptedAt: at,
      returnLocal,
      due: fresh.state === 'waiting' ? at : at + KEPT,
      tries: 0,
      triedAt: at,
      since: at,
      mayBeTwice: false,
      ...(isLeasable ? { lease: { node, until: at + LEASE } } : {}),
    };
    const profileTags = 'profileId' in fresh ? seals.tags('relay-profile', fresh.profileId) : [];
    return {
      row: {
        id,
        ...rows.write(id, content, spoolId, spoolId !== null),
        profileTag: profileTags[0] ?? null,
        returnHash: hashId(returnLocal),
        seenTag: seenTags[0] ?? null,
      },
      content,
      seenTags,
      profileTags,
    };
  }

  async function wasSeen(tx: Db, { seenTags }: Draft): Promise<boolean> {
    if (seenTags.length === 0) return false;
    const found = await deliveries.seen(tx, seenTags);
    return found.some((row) => {
      const opened = rows.open({ ...row, spoolId: null, status: 'closed' });
      return opened !== undefined && opened.content.acceptedAt > now() - SEEN;
    });
  }

  async function insert(tx: Db, { row, profileTags }: Draft): Promise<void> {
    await deliveries.insert(tx, row);
    if (profileTags.length === 0) return;
    const surplus = (await deliveries.countOf(tx, profileTags)) - linesMax;
    if (surplus > 0) await deliveries.forgetOldest(tx, profileTags, surplus);
  }

  const deliveryOf = ({ row, content }: Draft): Delivery => rows.deliveryOf({ row, content });
  const hasMessage = ({ state }: Pick<NewDelivery, 'state'>): boolean => statusOf(state, true) !== 'closed';

  /** Brings a message in with its deliveries: `drafts`, without those that were seen. */
  async function write(
    body: StoredBody,
    sealedHead: string,
    sealedBody: Buffer | null,
    drafts: readonly Draft[],
  ): Promise<{ drafts: Draft[]; hasMessage: boolean }> {
    return storage.write(async (tx) => {
      const fresh: Draft[] = [];
      for (const one of drafts) if (!(await wasSeen(tx, one))) fresh.push(one);
      const isNeeded = fresh.some(({ row }) => row.spoolId !== null);
      const expiresHour = roundUpToHour(now() + LONGEST);
      if (isNeeded && sealedBody !== null) {
        await messages.insert(tx, { id: body.id, sealed: sealedHead, body: sealedBody, expiresHour });
      } else if (isNeeded && !(await messages.change(tx, body.id, { sealed: sealedHead, expiresHour }))) {
        throw new Error('a body was removed before its message came');
      }
      for (const one of fresh) await insert(tx, one);
      reached('committing');
      return { drafts: fresh, hasMessage: isNeeded };
    });
  }

  return {
    /**
     * Keeps a message: when this resolves, it is on the disk with a delivery for each of its recipients, and 250 may be
     * said; when it throws, nothing of it is kept. Recipients whom the same message came for within five days are left
     * out: it is the sender's retry after a lost 250. Returns the deliveries that wait and are leased to this node, to
     * be sent at once; beyond what it may have in hand, `due` gives them later.
     * @throws {SpoolFullError} or what `isUnavailable` knows
     */
    async commit(
      { head, meta, body }: { head: Buffer; meta: Omit<MessageMeta, 'size'>; body: StoredBody },
      fresh: readonly NewDelivery[],
    ): Promise<Delivery[]> {
      const { mailFrom, receivedAt, bodyHash, client, authentication, arc } = meta;
      const whole = { mailFrom, receivedAt, size: body.size, bodyHash, client, authentication, arc };
      const content = sealedMessage.parse({ head: head.toString('latin1'), meta: whole });
      const sealedHead = seals.sealPadded('spool', body.id, JSON.stringify(content), HEAD_STEP);
      const sealedBody = body.small === undefined ? null : bodies.seal(body.id, body.small);
      const bytes = sealedHead.length + (sealedBody?.length ?? 0);
      await room.need(bytes);
      if (hand.isBusy()) await gather();

      const known = new Set<string>();
      const space = hand.room();
      const drafts: Draft[] = [];
      for (const one of fresh) {
        const seenTags = seenTagsOf(one, meta);
        const [tag] = seenTags;
        // The same recipient twice in one envelope.
        if (tag !== undefined && known.has(tag)) continue;
        if (tag !== undefined) known.add(tag);
        drafts.push(draft(one, hasMessage(one) ? body.id : null, seenTags, drafts.length < space));
      }

      const written = await write(body, sealedHead, sealedBody, drafts);
      reached('committed');
      const open = written.drafts.filter(({ row }) => row.spoolId !== null);
      room.add({ deliveries: open.length, bytes: written.hasMessage ? bytes : 0 });
      const leased = open.filter(({ content: { lease } }) => lease !== undefined);
      for (const {
        row,
        content: { lease },
      } of leased)
        hand.take(row.id, body.id, lease?.until ?? 0);
      for (const {
        row,
        content: { state, lease },
      } of open) {
        if (state === 'waiting' && lease === undefined) agenda.set(row.id, 0);
      }
      const { small } = body;
      if (small !== undefined) hand.remember(messageOf(body.id, head, whole, small), head.length + small.length);
      else if (written.hasMessage) bodies.release(body.id);
      else await bodies.drop(body.id);
      return leased.map(deliveryOf);
    },

    /** Adds a line without a message to the log of a profile: what was refused, or let go unseen. */
    async note(profileId: string, entry: Entry): Promise<void> {
      const line = draft({ ...entry, profileId }, null, [], false);
      await storage.write((tx) => insert(tx, line));
    },
  };
}

/** A message whose body is in memory. */
export const messageOf = (id: string, head: Buffer, meta: MessageMeta, small: Buffer) => ({
  id,
  head,
  meta,
  async *body() {
    yield small;
  },
});
