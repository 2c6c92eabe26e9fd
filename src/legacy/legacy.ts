import type { Accounts, Post } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import type { Log } from '../log.ts';
import type { Profiles } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import type { Transients } from '../storage/transient.ts';
import { makeBatches } from './batches.ts';
import { sortingFolder } from './folders.ts';
import { makeFigures } from './figures.ts';
import { makeHanded } from './handed.ts';
import { makeLinks } from './links.ts';
import { makeNotices } from './notices.ts';
import { makeReclaim } from './reclaim.ts';
import { makeOldPasswords } from './schemes/old-passwords.ts';
import { makeUploads } from './uploads.ts';

export { checkOldNames } from './check.ts';
export type { Report } from './check-pass.ts';
export { ROW_PROBLEMS } from './row.ts';
export { isUnfinished, type Batch } from './batch.ts';
export { textOf, type LinkKind, type LinkPiece, type Way } from './links.ts';
export { NOTICE_PAUSE, NOTICE_SIZE } from './notices.ts';
export { OLD_NAME_LINK_LIFE } from './reclaim-link.ts';
export { importsFolder } from './folders.ts';
export { DATABASE, readingCommands, writingCommands } from './sources/commands.ts';
export { answersTo, protocolOf } from './sources/asks.ts';
export { ENGINES, type Engine, type LinkOptions, type Source } from './sources/source.ts';
export { sourceForTemplate, sourceOf, SOURCES } from './sources/sources.ts';
export type { Received, Upload, UploadReport } from './uploads.ts';

export type LegacyNeeds = {
  readonly accounts: Accounts;
  readonly applications: Applications;
  readonly profiles: Profiles;
  readonly storage: Storage;
  readonly seals: Seals;
  readonly transients: Transients;
  /** The time in milliseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly post: Post;
  /** The address of Aluco, which is its issuer. */
  readonly address: string;
  readonly aliasDomain: string;
  /** Where files that are imported by page lie until their work is done. */
  readonly folder: string;
  /** Whether this instance sends letters, and how many wait to leave. */
  readonly hasMail: boolean;
  readonly lettersWaiting: () => Promise<number>;
  /** Whether mail to relay addresses arrives. */
  readonly hasRelay: boolean;
  /** Whether the program was told to end: then work stops at the next place where it can go on later. */
  readonly isStopping: () => boolean;
};

export type Legacy = ReturnType<typeof makeLegacy>;

/** Names from before: importing them, giving each back to whoever proves that it is theirs, telling the applications. */
export function makeLegacy(needs: LegacyNeeds) {
  const passwords = makeOldPasswords();
  const batches = makeBatches({ ...needs, folder: sortingFolder(needs.folder) });
  return {
    needs,
    batches,
    links: makeLinks(needs),
    notices: makeNotices(needs),
    uploads: makeUploads({ ...needs, batches }),
    figures: makeFigures(needs),
    /** What the log is told of one-time links. */
    handed: makeHanded(needs),
    /** How many old passwords were compared. */
    comparisons: passwords.counts,
    /** Giving names back: see `reclaim.ts`. */
    reclaim: makeReclaim({ ...needs, passwords, batches }),
  };
}
