import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Account } from './account.ts';
import { openKnownDevice, sealKnownDevice } from './known-device.ts';
import type { Post } from './letter.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Timeline, TimelineEvent } from './timeline.ts';

const DAY = 86_400_000;

/** So many letters about new browsers one account gets in a day (P8); each sign-in stands in the timeline in any case. */
const LETTERS_A_DAY = 3;

/** Somebody who has just signed in. */
export type Arrival = {
  /** The browser in a few words; empty where it does not say. */
  device: string;
  /** The peer's address. */
  network: string;
  /** Whether this browser signed in to the account before. */
  isKnown: boolean;
};

type Needs = {
  storage: Storage;
  seals: Seals;
  now: () => number;
  mailboxes: Mailboxes;
  post: Post;
  recordConnection: (accountId: string, network: string) => Promise<void>;
  timeline: Timeline;
};

/** What is kept of a sign-in by a browser that the account has not been seen with before. */
const FROM_NEW = { browser: 'new' } as const;

/** Whether somebody had signed in to the account before, as far as its timeline goes back. */
function isFirst(earlier: readonly TimelineEvent[], isFull: boolean): boolean {
  return !isFull && earlier.every(({ kind }) => kind !== 'signed_in');
}

/** Taking note of sign-ins, however they were proven. */
export function makeArrivals({ storage, seals, now, mailboxes, post, recordConnection, timeline }: Needs) {
  /** How many of the events told the owner by letter of a browser that was new, in the day around now. */
  const toldLately = (earlier: readonly TimelineEvent[]): number =>
    earlier.filter(({ at, detail }) => detail?.['letter'] === 'yes' && Math.abs(now() - at) < DAY).length;

  return {
    /**
     * Whether the value that a browser keeps shows that it signed in to the account before, and the value that it is to
     * keep for the next year if it signs in now. The value proves nothing.
     */
    recognise(accountId: string, value: string | undefined): { isKnown: boolean; next: string } {
      const device = openKnownDevice(seals, accountId, value, now());
      return { isKnown: device !== undefined, next: sealKnownDevice(seals, accountId, device, now()) };
    },

    /**
     * Writes down that somebody has signed in, with all that was asked of them: in the timeline, and in the register of
     * connections. From a browser that is not known the owner gets a letter too, at most three a day and none for the
     * very first sign-in; it names the day and not the hour.
     */
    async arrive(account: Account, { device, network, isKnown }: Arrival): Promise<void> {
      const at = now();
      const recipients = isKnown ? [] : await mailboxes.of(account);
      const note = storage.write(async (tx) => {
        let isTold = false;
        await timeline.add(tx, account.id, (earlier, isFull) => {
          const isNew = !isKnown && !isFirst(earlier, isFull);
          isTold = isNew && recipients.length > 0 && toldLately(earlier) < LETTERS_A_DAY;
          const detail = { device, ...(isNew ? FROM_NEW : {}), ...(isTold ? { letter: 'yes' } : {}) };
          return { kind: 'signed_in', at, detail };
        });
        if (!isTold) return;
        const values = { login_name: account.loginName, device, day: new Date(at).toISOString().slice(0, 10) };
        for (const to of recipients) {
          await post(tx, { kind: 'new_sign_in', to, language: account.language, values });
        }
      });
      await Promise.all([note, recordConnection(account.id, network)]);
    },
  };
}
