import { describeError, type Log } from '../log.ts';
import { dayOf } from '../days.ts';
import type { Profile, Profiles } from '../profiles/profiles.ts';
import { isUnavailable } from '../storage/storage.ts';

/** How many entries are remembered as written down; forgetting them costs a look each. */
const REMEMBERED = 10_000;

type Needs = { log: Log; now: () => number; profiles: Pick<Profiles, 'markUsed'> };

/** Called when an application was answered with a profile: returns at once, and nothing that fails in it is thrown. */
export type NoteEntry = (accountId: string, profile: Pick<Profile, 'id' | 'applicationId'>) => void;

/**
 * Writes down which profile entered its application today, for its owner's picker. The answer to the application does
 * not wait for it, and somebody who enters all day long costs one look.
 */
export function makeEntries({ log, now, profiles }: Needs): NoteEntry {
  const known = new Map<string, string>();

  async function writeDown(accountId: string, { id, applicationId }: Parameters<NoteEntry>[1]): Promise<void> {
    const key = `${accountId} ${applicationId}`;
    const entry = `${id} ${dayOf(now())}`;
    if (known.get(key) === entry) return;
    await profiles.markUsed(accountId, { id, applicationId });
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, entry);
  }

  return (accountId, profile) => {
    writeDown(accountId, profile).catch((error: unknown) => {
      if (isUnavailable(error)) return;
      log.error({ event: 'entry_not_written', ...describeError(error) });
    });
  };
}
