import type { Application, Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { makeFiles, type KeptFile } from './files.ts';
import type { Secrets } from './schemes/record.ts';
import { sourceOf } from './sources/sources.ts';
import { makeTaskStore, type Task } from './task-store.ts';
import { isWorkedOn, shownFileName, uploadContent, type Upload, type UploadContent } from './upload.ts';
import { makeUploadWork, type Importer } from './upload-work.ts';

const DAY = 86_400_000;
/** A file that nobody did anything with for so long is removed. */
const FORGOTTEN = 14 * DAY;
/** So many may lie there for one application (P8). */
export const FILES_MAX = 5;
/** Longest secret of an application, in characters. */
const SECRET_MAX = 1024;

export type { Upload, UploadReport } from './upload.ts';

/** A file that has arrived and belongs to no task yet. */
export type Received = KeptFile & { readonly id: string };

type Needs = {
  applications: Pick<Applications, 'amend' | 'find'>;
  batches: Importer;
  folder: string;
  isStopping: () => boolean;
  log: Log;
  now: () => number;
  seals: Seals;
  storage: Storage;
};

function shownAt({ id, applicationId, content }: Task<UploadContent>, now: number): Upload {
  const { key: _, secrets: __, lease: ___, ...rest } = content;
  const isBusy = content.step === 'checking' || content.step === 'importing';
  return { id, applicationId, ...rest, isLeft: isBusy && !isWorkedOn(content, now) };
}

/**
 * Files with old accounts that came by a page: checked at once, imported when somebody says so. Each lies on the node
 * that took it, which does the work, and goes on by itself after a restart.
 */
export function makeUploads(needs: Needs) {
  const { applications, batches, folder, log, now, seals, storage } = needs;
  const files = makeFiles({ folder });
  const store = makeTaskStore({ storage, seals }, 'file', uploadContent);
  const work = makeUploadWork({ ...needs, files, store });

  async function found(applicationId: string, id: string): Promise<Task<UploadContent>> {
    const task = await store.find(id);
    if (task?.applicationId !== applicationId) throw new UserError('not_found');
    return task;
  }

  /** Whether what was imported of a file is to be known no more: then neither is what was rejected of it. */
  async function isForgotten(batchId: string | undefined): Promise<boolean> {
    const batch = batchId === undefined ? undefined : await batches.find(batchId);
    return batch !== undefined && (batch.status === 'undone' || batch.forgotten !== undefined);
  }

  /** @throws {UserError} uploads_full{max} */
  async function expectRoom(db: Db, applicationId: string): Promise<void> {
    if ((await store.count(db, applicationId)) >= FILES_MAX) throw new UserError('uploads_full', { max: FILES_MAX });
  }

  /**
   * `to`: nothing where what is asked fits no more.
   * @throws {UserError} not_found; upload_changed, where what is asked fits no more
   */
  async function change(
    applicationId: string,
    id: string,
    to: (before: UploadContent) => Partial<UploadContent> | undefined,
  ): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      const task = await found(applicationId, id);
      const changed = to(task.content);
      if (changed === undefined) break;
      const next = { ...task.content, ...changed, touched: now() };
      if ((await storage.write((tx) => store.replace(tx, task, next))) !== undefined) return;
    }
    throw new UserError('upload_changed');
  }

  return {
    limit: files.limit,
    /** Does what is to be done with the files that lie on this node; for the clock. */
    work,

    /** Those of an application, the newest first. */
    async list(applicationId: string): Promise<Upload[]> {
      const tasks = await store.list(applicationId);
      return tasks.map((task) => shownAt(task, now())).toSorted((a, b) => b.at - a.at);
    },

    async find(applicationId: string, id: string): Promise<Upload | undefined> {
      const task = await store.find(id);
      return task?.applicationId === applicationId ? shownAt(task, now()) : undefined;
    },

    /**
     * Takes a file for an application as it arrives, unless there are enough of them already.
     * @throws {UserError} uploads_full{max}, upload_large, upload_empty, upload_no_room
     */
    async receive(applicationId: string, stream: AsyncIterable<Buffer>): Promise<Received> {
      await expectRoom(storage.read, applicationId);
      const id = randomId();
      return { id, ...(await files.take(id, stream)) };
    },

    /** Removes a file that arrived and is not wanted. */
    drop: (id: string): Promise<void> => files.remove(id),

    /**
     * Has a file that arrived be checked; it is removed where it cannot be.
     * @throws {UserError} source_unknown, secret_long{max}, uploads_full{max}, application_unknown
     */
    async add(
      application: Pick<Application, 'id'>,
      { id, key, size }: Received,
      { source, name, secrets }: { source: string; name: string; secrets: Secrets },
    ): Promise<Upload> {
      try {
        if (sourceOf(source) === undefined) throw new UserError('source_unknown');
        if (Object.values(secrets).some((secret) => (secret?.length ?? 0) > SECRET_MAX))
          throw new UserError('secret_long', { max: SECRET_MAX });
        const content: UploadContent = {
          source,
          name: shownFileName(name),
          size,
          key,
          secrets: { ...secrets },
          at: now(),
          touched: now(),
          step: 'waiting',
          stops: false,
        };
        await storage.write(async (tx) => {
          // Holds the application: files that come at once are counted one after the other.
          await applications.amend(tx, application.id, () => ({}));
          await expectRoom(tx, application.id);
          await store.insert(tx, id, application.id, content);
        });
        log.info({ event: 'old_names_uploaded', application: application.id, bytes: size });
        return { id, applicationId: application.id, ...content, isLeft: false };
      } catch (error) {
        await files.remove(id);
        throw error;
      }
    },

    /** Has a checked file be imported. @throws {UserError} not_found, upload_changed */
    begin: (applicationId: string, id: string): Promise<void> =>
      change(applicationId, id, ({ step }) => (step === 'checked' ? { step: 'asked' } : undefined)),

    /**
     * Has the import pause at the next place where it can go on; where nothing is heard of who worked on a file, it counts
     * as stopped at once.
     * @throws {UserError} not_found, upload_changed
     */
    stop: (applicationId: string, id: string): Promise<void> =>
      change(applicationId, id, (before) => {
        if (isWorkedOn(before, now())) return before.step === 'importing' ? { stops: true } : undefined;
        const mayStop = before.step === 'asked' || before.step === 'checking' || before.step === 'importing';
        return mayStop ? { step: 'stopped', stops: false, lease: undefined } : undefined;
      }),

    /** Has what was stopped or failed be tried again, from where it was. @throws {UserError} not_found, upload_changed */
    goOn: (applicationId: string, id: string): Promise<void> =>
      change(applicationId, id, ({ step, report }) =>
        step === 'stopped' || step === 'failed'
          ? { step: report === undefined ? 'waiting' : 'asked', stops: false, problem: undefined }
          : undefined,
      ),

    /**
     * Removes a file and what was rejected of it; what was imported stays.
     * @throws {UserError} not_found; upload_changed, where something is done with it
     */
    async discard(applicationId: string, id: string): Promise<void> {
      const task = await found(applicationId, id);
      const isRemoved =
        !isWorkedOn(task.content, now()) && (await storage.write((tx) => store.removeUnchanged(tx, task)));
      if (!isRemoved) throw new UserError('upload_changed');
      await files.remove(id);
      log.info({ event: 'old_names_discarded', application: applicationId });
    },

    /**
     * The lines that were not imported, as the importer wrote them.
     * @throws {UserError} not_found; upload_elsewhere, where the file lies on another node
     */
    async rejects(applicationId: string, id: string): Promise<AsyncIterable<Buffer>> {
      const { content } = await found(applicationId, id);
      if (!(await files.has(id))) throw new UserError('upload_elsewhere');
      return files.rejected(id, content.key);
    },

    /**
     * Removes files that nobody wants any more, those whose import was undone or forgotten, and what lies here of none; for
     * the clock, about once an hour.
     */
    async sweep(): Promise<void> {
      const kept = new Set<string>();
      for (const task of await store.list()) {
        const { touched, batchId } = task.content;
        const isUnwanted =
          !isWorkedOn(task.content, now()) && (touched < now() - FORGOTTEN || (await isForgotten(batchId)));
        if (isUnwanted && (await storage.write((tx) => store.removeUnchanged(tx, task)))) await files.remove(task.id);
        else kept.add(task.id);
      }
      await files.sweep(kept, now());
    },
  };
}
