import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { canonicalName } from '../names.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import { refusedBy, type Holding } from './holding.ts';
import type { ProfileRow } from './store.ts';

export type ProfileStatus = 'requested' | 'active' | 'blocked' | 'retired' | 'deleted';

/** How a profile came to be: made by its owner, after a moderator's yes, by a moderator's link, or from before Aluco. */
export type ProfileSource = 'created' | 'requested' | 'invited' | 'imported';

/** What an account shows one application, as the program uses it. */
export type Profile = {
  readonly id: string;
  readonly applicationId: string;
  readonly name: string;
  readonly subject: string;
  readonly aliasLocal: string;
  readonly status: ProfileStatus;
  /** ISO dates. */
  readonly createdDay: string;
  readonly retiredDay: string | undefined;
  /** For its owner alone. */
  readonly note: string;
  /** Groups its owner lets the application see. */
  readonly groups: readonly string[];
  /** How it came to be. */
  readonly source: ProfileSource;
  readonly standing: Standing;
  /** The address that the application knew its owner by, while it is to be told that one instead of the alias. */
  readonly oldAddress?: OldAddress | undefined;
  /** The name that it was taken back under, whatever a moderator or its owner called it since. */
  readonly oldName?: string | undefined;
};

/** A profile as its owner sees it. */
export type OwnProfile = Profile & {
  readonly lastUsedDay: string | undefined;
  readonly lastUsed: boolean;
  /** The decision because of which it is blocked, by its id in the profile log. */
  readonly refusedBy: string | undefined;
};

const NOTE_LENGTH = 200;
const GROUPS_SHOWN = 100;
/** Padded, so that the length of a note does not make a row recognisable. */
const PADDING = 1024;

/** How a profile stands with the moderators; decisions are named by their ids in the profile log. */
const standing = z.object({
  /** What it is blocked by, and until when (milliseconds) where that has an end. */
  blocked: z.object({ id: z.string(), until: z.number().optional() }).optional(),
  /** Warnings that its owner has not acknowledged yet, the oldest first. */
  warnings: z.array(z.string()),
  /** The decision after which its owner is to choose another name. */
  rename: z.string().optional(),
});

/** How a profile stands with the moderators. */
export type Standing = z.output<typeof standing>;

/** How nearly every profile stands. */
export const CLEAR: Standing = { warnings: [] };

/**
 * An address that came with the name. `proven`: whether its owner showed that they receive what is sent there. `until`:
 * its end in milliseconds: some weeks at first, some minutes once there was a sign-in. `toldIn`: that sign-in, which
 * alone is told it.
 */
const oldAddress = z.object({
  address: z.string(),
  proven: z.boolean(),
  until: z.number(),
  toldIn: z.string().optional(),
});

export type OldAddress = z.output<typeof oldAddress>;

const details = z.object({
  note: z.string(),
  groups: z.array(z.string()),
  standing: standing.default(CLEAR),
  oldAddress: oldAddress.optional(),
  oldName: z.string().optional(),
});

type Details = z.output<typeof details>;

/** @throws {UserError} note_too_long {max} */
export function checkNote(note: string): string {
  const trimmed = note.trim();
  if ([...trimmed].length > NOTE_LENGTH) throw new UserError('note_too_long', { max: NOTE_LENGTH });
  return trimmed;
}

/** The subject of a profile: 128 random bits, never derived from the account. */
export function newSubject(): string {
  return randomId();
}

/** What `sub` is for a profile at its application. */
export function subjectOf(application: Pick<Application, 'subject'>, profile: Profile): string {
  return application.subject === 'name' ? profile.name : profile.subject;
}

/**
 * What an application is told as the e-mail of a profile, and whether its owner showed that they receive what is sent
 * there; undefined where it is told none. It is the alias; for one sign-in it may be the address that came with an old
 * name from this very application, where its administrators want that. `signIn`: as `endOldAddress` was given it, none
 * for what the next one would be told.
 */
export function emailOf(
  { email, oldNames }: Pick<Application, 'email' | 'oldNames'>,
  { aliasLocal, oldAddress: old }: Profile,
  aliasDomain: string,
  signIn?: string,
): { readonly address: string; readonly isVerified: boolean } | undefined {
  if (email !== 'alias') return undefined;
  if (old !== undefined && old.toldIn === signIn && oldNames.sendAddress)
    return { address: old.address, isVerified: old.proven };
  return { address: `${aliasLocal}@${aliasDomain}`, isVerified: true };
}

/**
 * The key of a name that came with its profile, where another one's is its canonical form already, for its application
 * keeps them apart. It lies right behind that one; a capital letter stands in no canonical form.
 */
export function exactKey(name: string): string {
  return `${canonicalName(name)}=E=${name}`;
}

const ALIAS_BYTES = 10;

/** The local part of an alias of 80 random bits, in small letters and digits, as every mail system takes them. */
export function aliasLocalOf(bits: Buffer): string {
  return BigInt(`0x${bits.subarray(0, ALIAS_BYTES).toString('hex')}`)
    .toString(36)
    .padStart(16, '0');
}

/** A new one. */
export function newAliasLocal(): string {
  return aliasLocalOf(randomBytes(ALIAS_BYTES));
}

/**
 * What of a profile row is sealed: its owner's note, the groups they show, how it stands with the moderators, the
 * address that came with its name, and the name that it had then.
 */
export function sealDetails(
  seals: Seals,
  id: string,
  value: Omit<Details, 'groups'> & { readonly groups: readonly string[] },
): string {
  const groups = value.groups.slice(0, GROUPS_SHOWN);
  const json = JSON.stringify({
    note: value.note,
    groups,
    standing: value.standing,
    oldAddress: value.oldAddress,
    oldName: value.oldName,
  } satisfies Details);
  return seals.sealPadded('profile', id, json, PADDING);
}

/** What of a profile row is sealed, opened. */
export function openDetails(seals: Seals, row: Pick<ProfileRow, 'id' | 'sealed'>): Details {
  return details.parse(JSON.parse(seals.open('profile', row.id, row.sealed)));
}

/** Whether there is a block and its end is over at this time (milliseconds). */
export function isBlockOver({ blocked }: Standing, now: number): boolean {
  return blocked?.until !== undefined && blocked.until <= now;
}

/** The profile of a row, as it stands at this time (milliseconds): a block whose end is over is none. */
export function profileOf(seals: Seals, row: ProfileRow, now: number): Profile {
  const { note, groups, standing: kept, oldAddress: address, oldName } = openDetails(seals, row);
  const isOver = isBlockOver(kept, now);
  const { blocked: _, ...others } = kept;
  return {
    id: row.id,
    applicationId: row.applicationId,
    name: row.name,
    subject: row.subject,
    aliasLocal: row.aliasLocal,
    status: row.status === 'blocked' && isOver ? 'active' : (row.status as ProfileStatus),
    createdDay: row.createdDay,
    retiredDay: row.retiredDay ?? undefined,
    note,
    groups,
    source: row.source as ProfileSource,
    standing: isOver ? others : kept,
    oldAddress: address !== undefined && now < address.until ? address : undefined,
    oldName,
  };
}

/**
 * The profile of a row as its owner sees it: one that is refused after a decision about the person is blocked, for its
 * owner alone.
 */
export function ownProfileOf(seals: Seals, row: ProfileRow, held: Holding, now: number): OwnProfile {
  const profile = profileOf(seals, row, now);
  const bar = refusedBy(held, row.id, now);
  return {
    ...profile,
    status: profile.status === 'active' && bar !== undefined ? 'blocked' : profile.status,
    refusedBy: profile.status === 'blocked' ? profile.standing.blocked?.id : bar,
    lastUsedDay: held.profiles.find(({ id }) => id === row.id)?.usedDay,
    lastUsed: held.lastUsed === row.id,
  };
}
