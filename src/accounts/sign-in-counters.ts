import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { networkCounters, networkOf, type Counter } from './attempts.ts';
import { openKnownDevice } from './known-device.ts';
import { canonicalMailbox } from '../mailbox.ts';
import { makeAccountStore, type AccountRow } from './store.ts';

/** Longer than any login name or mailbox, whichever way it is composed; the rest is not looked at. */
const IDENTIFIER_MAX = 400;

export type WhoSignsIn = {
  /** A login name, or a mailbox that was verified. */
  identifier: string;
  /** The peer's address. */
  network: string;
  /** What this browser was given to keep at its last sign-in: `next` of `recognise`. */
  knownDevice?: string | undefined;
};

/** The account that is meant, if there is one, and what an attempt to sign in to it is counted under. */
export type SignInCounters = {
  readonly found: { account: AccountRow; password: string | null } | undefined;
  readonly counters: readonly Counter<'identity-network' | 'network' | 'site' | 'identity' | 'device'>[];
};

/** Who an attempt to sign in is about; for unknown names after the same queries. */
export function makeSignInCounters({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const store = makeAccountStore(storage);

  return async function recognise({ identifier: typed, network, knownDevice }: WhoSignsIn): Promise<SignInCounters> {
    const identifier = typed.slice(0, IDENTIFIER_MAX);
    const byMailbox = identifier.includes('@');
    const canonical = byMailbox ? canonicalMailbox(identifier) : canonicalName(identifier);
    const found = byMailbox
      ? await store.findWithPassword('mailboxTag', seals.tags('mailbox', canonical))
      : await store.findWithPassword('loginTag', seals.tags('login', canonical));

    // However it was called, an account is one identity (A45).
    const identity = found === undefined ? ['unknown', canonical] : ['account', found.account.id];
    const device = found === undefined ? undefined : openKnownDevice(seals, found.account.id, knownDevice, now());
    if (device !== undefined) return { found, counters: [['device', ...identity, device]] };
    return {
      found,
      counters: [
        ['identity-network', ...identity, networkOf(network)],
        ...networkCounters('network', network),
        ['identity', ...identity],
      ],
    };
  };
}
