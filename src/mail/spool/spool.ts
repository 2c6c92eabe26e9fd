import type { Delivery, Entry, HoldReason, NewDelivery, Trouble } from './delivery.ts';
import type { Message, MessageMeta } from './message.ts';

export type { Delivery, DeliveryKind, DeliveryState, Entry, HoldReason, NewDelivery, Trouble } from './delivery.ts';
export { isTooOld, KEPT, nextTry, PATIENCE } from './delivery.ts';
export type { Message, MessageMeta } from './message.ts';

/** A body that is kept, and belongs to no message yet. */
export type StoredBody = { readonly id: string; readonly size: number };

/** Takes the octets of one body. */
export type BodyWriter = {
  write(chunk: Buffer): Promise<void>;
  finish(): Promise<StoredBody>;
  abandon(): Promise<void>;
};

/** How a delivery ended. `failed` keeps the message for its owner, everything else ends with a line of the log. */
export type Outcome = {
  readonly state: 'delivered' | 'failed' | 'muted' | 'refused' | 'stranger' | 'stopped';
  readonly trouble?: Trouble;
};

/** A delivery as an administrator may see it. */
export type Queued = Pick<
  Delivery,
  'id' | 'kind' | 'state' | 'why' | 'acceptedAt' | 'since' | 'due' | 'tries' | 'fromDomain'
> & { readonly trouble?: Omit<Trouble, 'text'> };

export type Spool = {
  begin(): BodyWriter;
  commit(
    message: { head: Buffer; meta: Omit<MessageMeta, 'size'>; body: StoredBody },
    deliveries: readonly NewDelivery[],
  ): Promise<Delivery[]>;
  note(profileId: string, entry: Entry): Promise<void>;
  due(): AsyncGenerator<Delivery>;
  keepLeases(): Promise<void>;
  putOff(delivery: Delivery, next: { due: number; trouble?: Trouble }): Promise<boolean>;
  hold(delivery: Delivery, why: HoldReason): Promise<boolean>;
  release(delivery: Delivery): Promise<boolean>;
  settle(delivery: Delivery, outcome: Outcome): Promise<boolean>;
  bounced(delivery: Delivery, trouble: Trouble): Promise<boolean>;
  message(spoolId: string): Promise<Message | undefined>;
  findByReturn(local: string): Promise<Delivery | undefined>;
  logOf(profileId: string): Promise<Delivery[]>;
  find(profileId: string, deliveryId: string): Promise<Delivery | undefined>;
  waitingOf(profileId: string): Promise<Delivery[]>;
  counts(): Promise<{ waiting: number; held: number; failed: number; oldestDue: number | undefined }>;
  queue(limit: number): Promise<Queued[]>;
  retryAll(): Promise<number>;
  isFull(): boolean;
  sweep(): Promise<void>;
};
