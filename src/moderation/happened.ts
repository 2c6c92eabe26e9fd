import type { Happening } from '../profiles/profiles.ts';
import type { Db } from '../storage/storage.ts';
import type { ProfileLog } from './log.ts';

/** Why a profile is blocked that nobody here blocked, as its history keeps it. */
const SUSPENDED_BEFORE = {
  fr: 'Suspendu dans l’application avant d’arriver ici',
  en: 'Suspended at the application before it came here',
};

/** Writes down what owners and time do, beside what moderators decide. */
export function makeHappened(log: Pick<ProfileLog, 'write'>) {
  return async function happened(tx: Db, { kind, ...what }: Happening): Promise<void> {
    // A block like any other, which a moderator takes back as any other.
    if (kind === 'suspended_before') await log.write(tx, { ...what, kind: 'blocked', reason: SUSPENDED_BEFORE });
    else await log.write(tx, { ...what, kind });
  };
}
