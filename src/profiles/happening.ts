import type { Db } from '../storage/storage.ts';

/** What an owner does, or time, that stands in the history of a profile beside what moderators decide. */
export type Happening = {
  /** The id of a decision that has one already. */
  readonly id?: string;
  readonly applicationId: string;
  readonly profileId: string;
  readonly kind:
    | 'created'
    | 'requested'
    | 'given_at_once'
    | 'invited'
    | 'imported'
    | 'suspended_before'
    | 'withdrawn'
    | 'answered'
    | 'acknowledged'
    | 'renamed'
    | 'retired'
    | 'restored'
    | 'deleted'
    | 'block_over';
  /** What its owner wrote to the moderators. */
  readonly words?: string;
  /** The name that was asked for, where nothing else says so any more. */
  readonly detail?: { readonly name: string };
};

/** Writes what happened, in the transaction in which it does. */
export type Tell = (tx: Db, happening: Happening) => Promise<void>;
