import { z } from 'zod';
import type { Post } from '../accounts/accounts.ts';
import { canonicalMailbox, letterTarget } from '../mailbox.ts';
import type { Application, Applications } from '../applications/applications.ts';
import { SettingsProblem, UserError, type FieldProblem } from '../errors.ts';
import type { Log } from '../log.ts';
import { isQuiet } from '../storage/quiet.ts';
import { hashId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { ownTags } from './address-tag.ts';
import { makeFigures } from './figures.ts';
import { makeNoticeStore, type FreeRow } from './notice-store.ts';
import { makeNoticeToken, readNoticeToken } from './notice-token.ts';
import { openLegacy } from './secret.ts';
import { makeTaskStore, type Task } from './task-store.ts';

const MINUTE = 60_000;

/** How many letters leave together, and how many minutes after the ones before. */
export const NOTICE_SIZE = { min: 1, max: 500 } as const;
export const NOTICE_PAUSE = { min: 1, max: 1440 } as const;

/** So many names are looked through at once for those to write to. */
const LOOK = 1000;
/** While more letters than this wait to leave, no further ones are written. */
const WAITING_MAX = 1000;

const content = z.object({
  running: z.boolean(),
  /** Whether it went through all names. */
  finished: z.boolean(),
  round: z.number(),
  size: z.number(),
  /** In minutes. */
  pause: z.number(),
  language: z.enum(['fr', 'en']),
  /** The name after which it goes on. */
  after: z.string(),
  /** Names gone through, and letters written, in this round. */
  seen: z.number(),
  sent: z.number(),
  /** When the next ones leave, in milliseconds. */
  nextAt: z.number(),
});

type Content = z.output<typeof content>;

/** How letters to the old addresses of an application stand. */
export type NoticeState = {
  readonly state: 'none' | 'running' | 'stopped' | 'done';
  readonly round: number;
  readonly size: number;
  readonly pause: number;
  readonly language: 'fr' | 'en';
  /** Names gone through in this round, and how many there are that nobody has taken back. */
  readonly seen: number;
  readonly free: number;
  readonly sent: number;
  /** When the next letters leave, in milliseconds, while it is running. */
  readonly nextAt: number | undefined;
  /** Addresses that want no more letters, and that take none. */
  readonly unsubscribed: number;
  readonly refused: number;
};

/** What an administrator says of the letters: how many at once, how many minutes between, the language that comes first. */
export type NoticeWish = { readonly size: number; readonly pause: number; readonly language: 'fr' | 'en' };

type Needs = {
  applications: Pick<Applications, 'find'>;
  log: Log;
  now: () => number;
  post: Post;
  /** Whether this instance sends letters at all, and how many wait to leave. */
  hasMail: boolean;
  lettersWaiting: () => Promise<number>;
  seals: Seals;
  storage: Storage;
};

const DEFAULTS = { size: 50, pause: 10, language: 'fr' } as const;

/**
 * Letters to the old addresses of names that nobody has taken back, a few at a time: each address gets one in a round,
 * however many names it has, in whichever batch, and all of one mailbox that differ in what follows a plus sign are one.
 * Whoever stops them, and an address whose host refuses them, gets none any more. Several nodes send each once: who
 * changes the task writes the letters, in the same transaction.
 */
export function makeNotices(needs: Needs) {
  const { applications, log, now, post, hasMail, lettersWaiting, seals, storage } = needs;
  const store = makeNoticeStore({ storage });
  const figures = makeFigures({ storage, seals });
  const tasks = makeTaskStore({ storage, seals }, 'notices', content);

  async function taskOf(applicationId: string): Promise<Task<Content> | undefined> {
    const [task] = await tasks.list(applicationId);
    return task;
  }

  /** @throws {SettingsProblem} fields size, pause (notices_number{min, max}) */
  function checkWish({ size, pause }: NoticeWish): void {
    const problems: FieldProblem[] = [];
    const fits = (value: number, { min, max }: { min: number; max: number }): boolean =>
      Number.isInteger(value) && value >= min && value <= max;
    if (!fits(size, NOTICE_SIZE)) problems.push({ field: 'size', code: 'notices_number', params: NOTICE_SIZE });
    if (!fits(pause, NOTICE_PAUSE)) problems.push({ field: 'pause', code: 'notices_number', params: NOTICE_PAUSE });
    if (problems.length > 0) throw new SettingsProblem(problems);
  }

  /** @throws {UserError} notices_changed, where none were ever begun, or the clock was faster several times */
  async function change(applicationId: string, to: (before: Content) => Content): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      const task = await taskOf(applicationId);
      if (task === undefined) break;
      if ((await storage.write((tx) => tasks.replace(tx, task, to(task.content)))) !== undefined) return;
    }
    throw new UserError('notices_changed');
  }

  /** Whether people who are written to can come in at all; otherwise the letter leads them nowhere. */
  const isOpen = ({ entry }: Pick<Application, 'entry'>): boolean => entry.kind !== 'nobody';

  /**
   * Under which tags it stands what letters an address got, the newest first. No name is found by such a tag, or a copy of
   * the tables would tell whose address has a second one (P2); all that `letterTarget` counts as one share it.
   */
  function toldTags(applicationId: string, address: string): string[] {
    const tags = seals.tags('legacy-told', applicationId, letterTarget(address));
    // Whoever stopped letters while addresses stood there by the tag of their first name gets none either.
    return [...tags, ...ownTags(seals, applicationId, canonicalMailbox(address))];
  }

  /** The next names to write to, with their addresses; and where to go on after them, unless those were all. */
  async function next(applicationId: string, after: string, size: number) {
    const found: { nameKey: string; address: string; tags: string[] }[] = [];
    let last: FreeRow | undefined;
    let seen = 0;
    const rows = await store.free(applicationId, after, LOOK);
    for (const row of rows) {
      if (found.length === size) break;
      last = row;
      seen += 1;
      const { address } = openLegacy(seals, row);
      if (address === undefined) continue;
      found.push({ nameKey: row.nameKey, address, tags: toldTags(applicationId, address) });
    }
    return { found, seen, after: last?.nameKey, isLast: seen === rows.length && rows.length < LOOK };
  }

  async function advance(task: Task<Content>): Promise<void> {
    const { applicationId } = task;
    const before = task.content;
    const application = await applications.find(applicationId);
    if (application === undefined || !isOpen(application)) return;
    const { found, seen, after, isLast } = await next(applicationId, before.after, before.size);
    const sent = await storage.write(async (tx) => {
      const free = await store.stillFree(
        tx,
        applicationId,
        found.map(({ nameKey }) => nameKey),
      );
      const told = await store.told(
        tx,
        found.flatMap(({ tags }) => tags),
      );
      const written = new Set<string>();
      const letters = found.filter(({ nameKey, tags: [own = '', ...older] }) => {
        const known = [own, ...older].map((tag) => told.get(tag)).filter((one) => one !== undefined);
        const isDone = known.some(({ state, round }) => state !== 'told' || round >= before.round);
        if (isDone || written.has(own) || !free.has(nameKey)) return false;
        written.add(own);
        return true;
      });
      const changed = await tasks.replace(tx, task, {
        ...before,
        running: !isLast,
        finished: isLast,
        after: after ?? before.after,
        seen: before.seen + seen,
        sent: before.sent + letters.length,
        // Where nobody was written to, there is nothing to wait for.
        nextAt: letters.length === 0 ? now() : now() + before.pause * MINUTE,
      });
      if (changed === undefined) return undefined;
      // In the order of the names, the nth trace in the table would be of the nth name (P2).
      for (const { to, tag } of letters
        .map(({ address, tags: [own = ''] }) => ({ to: address, tag: own }))
        .toSorted((a, b) => (a.tag < b.tag ? -1 : 1))) {
        await store.tell(tx, applicationId, tag, before.round);
        const values = {
          application: application.name,
          old_accounts: applicationId,
          stop: makeNoticeToken(seals, applicationId, tag),
        };
        await post(tx, { kind: 'old_name_notice', to, language: before.language, values });
      }
      return letters.length;
    });
    if (isLast && sent !== undefined) log.info({ event: 'old_name_notices_done', application: applicationId });
  }

  return {
    /** How it stands at an application. */
    async state(applicationId: string): Promise<NoticeState> {
      const task = await taskOf(applicationId);
      const [{ free }, { stopped, refused }] = await Promise.all([
        figures.ofApplication(applicationId),
        store.counts(applicationId),
      ]);
      const common = { free, unsubscribed: stopped, refused };
      if (task === undefined)
        return { state: 'none', round: 0, seen: 0, sent: 0, nextAt: undefined, ...DEFAULTS, ...common };
      const { running, finished, round, size, pause, language, seen, sent, nextAt } = task.content;
      const state = running ? 'running' : finished ? 'done' : 'stopped';
      return {
        state,
        round,
        size,
        pause,
        language,
        seen,
        sent,
        nextAt: running ? nextAt : undefined,
        ...common,
      };
    },

    /**
     * Begins a round, or has a stopped one go on with what is wished now.
     * @throws {UserError} notices_no_mail, notices_shut (nobody may enter the application), notices_nobody, notices_changed;
     * SettingsProblem of checkWish
     */
    async begin(applicationId: string, wish: NoticeWish): Promise<void> {
      if (!hasMail) throw new UserError('notices_no_mail');
      checkWish(wish);
      const application = await applications.find(applicationId);
      if (application !== undefined && !isOpen(application)) throw new UserError('notices_shut');
      const { size, pause, language } = wish;
      const { free } = await figures.ofApplication(applicationId);
      if (free === 0) throw new UserError('notices_nobody');
      const task = await taskOf(applicationId);
      const said = { size, pause, language, running: true, finished: false, nextAt: now() };
      if (task !== undefined && !task.content.finished) {
        await change(applicationId, (before) => ({ ...before, ...said }));
      } else {
        const { round: last } = await store.counts(applicationId);
        const round = Math.max(last, task?.content.round ?? 0) + 1;
        const fresh = { ...said, round, after: '', seen: 0, sent: 0 };
        const isNew = await storage.write(async (tx) => {
          if (task !== undefined) return (await tasks.replace(tx, task, fresh)) !== undefined;
          return tasks.insert(tx, hashId(`notices:${applicationId}`), applicationId, fresh);
        });
        if (!isNew) throw new UserError('notices_changed');
      }
      log.info({ event: 'old_name_notices_begun', application: applicationId });
    },

    /** Writes no further letters; those already written leave. @throws {UserError} notices_changed */
    async stop(applicationId: string): Promise<void> {
      await change(applicationId, (before) => ({ ...before, running: false }));
      log.info({ event: 'old_name_notices_stopped', application: applicationId });
    },

    /** Writes the letters that are due, unless this instance is quiet or many wait already; for the clock. */
    async run(): Promise<void> {
      if (!hasMail) return;
      const due = (await tasks.list()).filter(({ content: { running, nextAt, pause } }) => {
        // One that seems to be due much later was put off while the clock was wrong.
        return running && (nextAt <= now() || nextAt > now() + 2 * pause * MINUTE);
      });
      if (due.length === 0 || (await isQuiet(storage)) || (await lettersWaiting()) > WAITING_MAX) return;
      for (const task of due) await advance(task);
    },

    /** Which application a letter's token is about; undefined for one that is none of ours. */
    async about(token: string): Promise<{ applicationId: string; name: string } | undefined> {
      const read = readNoticeToken(seals, token);
      const application = read === undefined ? undefined : await applications.find(read.applicationId);
      return application === undefined ? undefined : { applicationId: application.id, name: application.name };
    },

    /** Has whoever got the letter with this token get no more of them, from any batch; false for no token of ours. */
    async unsubscribe(token: string): Promise<boolean> {
      const read = readNoticeToken(seals, token);
      if (read === undefined) return false;
      await storage.write((tx) => store.stop(tx, read.applicationId, read.tag, 'stopped'));
      return true;
    },

    /** The same where the address's host refused the letter for good. */
    async refused(token: string): Promise<void> {
      const read = readNoticeToken(seals, token);
      if (read !== undefined) await storage.write((tx) => store.stop(tx, read.applicationId, read.tag, 'refused'));
    },
  };
}
