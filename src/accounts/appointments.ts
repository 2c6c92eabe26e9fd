import { UserError } from '../errors.ts';
import { isId, randomId } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import type { LinkContent, Links, NewLink, OpenLink } from './links.ts';
import { makeLinkStore } from './link-store.ts';

/** For how many days a link to look after an application is. */
export const APPOINTMENT_DAYS = 7;

const DAY = 86_400_000;

/** So many links may be open at the same time (P8), invitations among them. */
const OPEN_MAX = 1000;

/** A link to look after an application that may still be used. */
export type Appointment = {
  readonly id: string;
  /** In milliseconds. */
  readonly expiresAt: number;
  /** Whether it may be used: who made it must still administer. */
  readonly isBacked: boolean;
};

type Content = Extract<LinkContent, { kind: 'moderator' }>;

/** What a link is for where it has somebody look after an application; undefined for any other link. */
function contentOf({ content }: OpenLink): Content | undefined {
  return content.kind === 'moderator' ? content : undefined;
}

/**
 * Links that have whoever opens them, and agrees, look after an application. Whoever makes one is checked where it is
 * asked; it is worth what they are. The applications themselves are another room's.
 */
export function makeAppointments({ storage, now, links }: { storage: Storage; now: () => number; links: Links }) {
  const store = makeLinkStore(storage);

  return {
    contentOf,

    /**
     * Makes a link for one person. `by` is the administrator who does, none for a command. Its token is returned this
     * once.
     * @throws {UserError} invitations_full{max}
     */
    async offer(applicationId: string, by?: string): Promise<NewLink> {
      const { row, ...link } = links.make(randomId(), APPOINTMENT_DAYS * DAY, (common) => ({
        kind: 'moderator',
        applicationId,
        by,
        ...common,
      }));
      await storage.write(async (tx) => {
        if ((await store.count(tx)) >= OPEN_MAX) throw new UserError('invitations_full', { max: OPEN_MAX });
        await store.put(tx, row);
      });
      return link;
    },

    /** The links to look after an application that have not run out, those first that do so first. */
    async list(applicationId: string): Promise<Appointment[]> {
      const found: Appointment[] = [];
      for (const link of (await store.list(now(), OPEN_MAX)).map(links.open)) {
        const content = contentOf(link);
        if (content?.applicationId !== applicationId || content.expiresAt <= now()) continue;
        found.push({ id: link.row.id, expiresAt: content.expiresAt, isBacked: await links.isBacked(content) });
      }
      return found;
    },

    /** Takes a link of an application back; it opens nothing from now on. Doing so twice is no error. */
    async withdraw(applicationId: string, id: string): Promise<void> {
      if (!isId(id)) return;
      await storage.write(async (tx) => {
        const row = await store.find(id, tx);
        const content = row === undefined ? undefined : contentOf(links.open(row));
        if (content?.applicationId === applicationId) await store.remove(tx, [id]);
      });
    },

    /**
     * Uses a link up, in the transaction of the appointment: it does not go through where its maker is no administrator
     * any more at that moment.
     * @throws {UserError} link_gone
     */
    async take(tx: Db, link: OpenLink): Promise<void> {
      if (!(await links.isBacked(link.content, tx)) || !(await store.take(tx, link.row))) {
        throw new UserError('link_gone');
      }
    },
  };
}
