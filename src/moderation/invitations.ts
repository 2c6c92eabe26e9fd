import { z } from 'zod';
import type { Accounts, NewLink } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import { hashId, isId, randomId, roundUpToHour, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { Actor } from './actor.ts';
import { makeProfileInvitationStore, type ProfileInvitationRow } from './invitation-store.ts';
import type { Moderators } from './moderators.ts';

/** For how many people a link may be, and for how many days. */
export const INVITED_MAX = 100;
export const INVITED_DAYS_MAX = 90;

/** How long the moderators' own note about a link may be, in characters. */
export const INVITED_NOTE_MAX = 200;

/** So many links of one application may be open at a time (P8); they are listed on one page. */
const OPEN_MAX = 200;

const DAY = 86_400_000;

/** Larger than the longest content, so that all rows are of one size. */
const PADDING = 1536;

const sealedInvitation = z.object({
  /** Who made it: it is worth what they are. */
  by: z.string(),
  note: z.string(),
  /** How many people may still use it. */
  uses: z.number(),
  expiresAt: z.number(),
  /** How long it was made for, in milliseconds. */
  life: z.number(),
});

type Content = z.output<typeof sealedInvitation>;

/** What a moderator says of a link for profiles. */
export type NewProfileInvitation = { readonly uses: number; readonly days: number; readonly note: string };

/** A link for profiles that may still be used, as moderators see it. */
export type ProfileInvitation = {
  readonly id: string;
  readonly note: string;
  /** How many people may still use it. */
  readonly uses: number;
  /** In milliseconds. */
  readonly expiresAt: number;
  /** The login name of the colleague who made it; absent where their account is gone. */
  readonly by?: string;
  /** Whether it opens anything: who made it must still look after the application. */
  readonly isBacked: boolean;
};

/** Who uses a link, for which profile of theirs. */
export type TakenInvitation = {
  readonly token: string;
  readonly applicationId: string;
  readonly accountId: string;
  readonly profileId: string;
};

type Needs = {
  accounts: Pick<Accounts, 'find'>;
  moderators: Pick<Moderators, 'require' | 'stillModerates'>;
  storage: Storage;
  seals: Seals;
  now: () => number;
};

/** @throws {UserError} the code, with `max` */
function parseCount(count: number, max: number, code: string): number {
  if (!Number.isInteger(count) || count < 1 || count > max) throw new UserError(code, { max });
  return count;
}

/** @throws {UserError} note_too_long{max} */
function parseNote(text: string): string {
  const note = text.length > 4 * INVITED_NOTE_MAX ? undefined : text.normalize('NFC').trim();
  if (note === undefined || [...note].length > INVITED_NOTE_MAX || /[\p{C}\p{Zl}\p{Zp}]/u.test(note))
    throw new UserError('note_too_long', { max: INVITED_NOTE_MAX });
  return note;
}

/**
 * Links that a moderator hands out for profiles of an application: each stands for their yes, given beforehand. Nothing
 * says afterwards who used one.
 */
export function makeProfileInvitations({ accounts, moderators, storage, seals, now }: Needs) {
  const store = makeProfileInvitationStore(storage);

  const open = (row: ProfileInvitationRow): Content =>
    sealedInvitation.parse(JSON.parse(seals.open('profile-invitation', row.id, row.sealed)));
  const seal = (id: string, content: Content): string =>
    seals.sealPadded('profile-invitation', id, JSON.stringify(content), PADDING);

  /** One that seems to have much longer than it was made for was made while the clock ran ahead. */
  const isInTime = ({ expiresAt, life }: Content): boolean => now() < expiresAt && expiresAt - now() <= 2 * life;

  return {
    /**
     * Makes a link. Its token is returned this once.
     * @throws {UserError} forbidden, invitation_uses_invalid{max}, invitation_days_invalid{max}, note_too_long{max},
     *   invitations_full{max}
     */
    async make(actor: Actor, applicationId: string, wanted: NewProfileInvitation): Promise<NewLink> {
      const uses = parseCount(wanted.uses, INVITED_MAX, 'invitation_uses_invalid');
      const life = parseCount(wanted.days, INVITED_DAYS_MAX, 'invitation_days_invalid') * DAY;
      const note = parseNote(wanted.note);
      const [id, token] = [randomId(), randomId()];
      const expiresAt = now() + life;
      await storage.write(async (tx) => {
        await moderators.require(tx, actor, applicationId);
        if ((await store.count(tx, applicationId, now())) >= OPEN_MAX)
          throw new UserError('invitations_full', { max: OPEN_MAX });
        await store.insert(tx, {
          id,
          applicationId,
          tokenHash: hashId(token),
          sealed: seal(id, { by: actor.accountId, note, uses, expiresAt, life }),
          expiresHour: roundUpToHour(expiresAt),
        });
      });
      return { id, token, expiresAt };
    },

    /** The links that have not run out, those first that do so first. For whoever looks after the application. */
    async list(applicationId: string): Promise<ProfileInvitation[]> {
      const found: ProfileInvitation[] = [];
      for (const row of await store.list(applicationId, now())) {
        const content = open(row);
        if (content.expiresAt <= now()) continue;
        const maker = await accounts.find(content.by);
        found.push({
          id: row.id,
          note: content.note,
          uses: content.uses,
          expiresAt: content.expiresAt,
          ...(maker === undefined ? {} : { by: maker.loginName }),
          isBacked: await moderators.stillModerates(content.by, applicationId),
        });
      }
      return found;
    },

    /**
     * Takes a link back; it opens nothing from now on. Doing so twice is no error, whose it was makes no difference.
     * @throws {UserError} forbidden
     */
    async withdraw(actor: Actor, applicationId: string, id: string): Promise<void> {
      await storage.write(async (tx) => {
        await moderators.require(tx, actor, applicationId);
        await store.remove(tx, applicationId, id);
      });
    },

    /** The application that a link leads to, while it may be used; undefined where it may not, whatever the reason. */
    async find(token: string): Promise<{ readonly applicationId: string } | undefined> {
      const row = isId(token) ? await store.findByToken(hashId(token)) : undefined;
      const content = row === undefined ? undefined : open(row);
      if (row === undefined || content === undefined || !isInTime(content)) return undefined;
      const isBacked = await moderators.stillModerates(content.by, row.applicationId);
      return isBacked ? { applicationId: row.applicationId } : undefined;
    },

    /**
     * Uses a link up once, in the transaction that makes the profile: of any number of people at once no more than it is
     * for get one. Nobody gets a profile by a link of their own: nobody decides about themselves.
     * @throws {UserError} link_gone, own_profile
     */
    async take(tx: Db, { token, applicationId, accountId }: TakenInvitation): Promise<void> {
      for (;;) {
        const row = isId(token) ? await store.findByToken(hashId(token), tx) : undefined;
        const content = row === undefined ? undefined : open(row);
        if (row === undefined || content === undefined || row.applicationId !== applicationId || !isInTime(content))
          throw new UserError('link_gone');
        if (content.by === accountId) throw new UserError('own_profile');
        if (!(await moderators.stillModerates(content.by, applicationId, tx))) throw new UserError('link_gone');
        const uses = content.uses - 1;
        const isTaken =
          uses < 1 ? await store.take(tx, row) : await store.replace(tx, row, seal(row.id, { ...content, uses }));
        // Where somebody has just used it, it is for one fewer: it is read again.
        if (isTaken) return;
      }
    },

    /** Forgets links that have run out; for the clock. */
    async sweep(): Promise<void> {
      await storage.write((tx) => store.removeExpired(tx, now()));
    },
  };
}
