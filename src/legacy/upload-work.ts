import type { Readable } from 'node:stream';
import { setInterval as every } from 'node:timers/promises';
import type { Application, Applications } from '../applications/applications.ts';
import { UserError, type ErrorParams } from '../errors.ts';
import { describeError, type Log } from '../log.ts';
import { randomId } from '../storage/seal.ts';
import { isUnavailable, type Storage } from '../storage/storage.ts';
import type { Files } from './files.ts';
import { FrameError } from './frames.ts';
import type { LineFile } from './line-file.ts';
import type { Secrets } from './schemes/record.ts';
import type { Source } from './sources/source.ts';
import { sourceOf } from './sources/sources.ts';
import type { makeTaskStore, Task } from './task-store.ts';
import { isWorkedOn, LEASE, type uploadContent, type UploadContent, type UploadReport } from './upload.ts';

type Place = { readonly lines: number; readonly bytes: number };

type Counts = { readonly names: number; readonly present: number; readonly rejected: number };

/** What a check finds, as far as it is kept. */
type Found = Omit<UploadReport, 'schemes' | 'problems' | 'bad' | 'unknown'> & {
  readonly problems: Readonly<Record<string, number | undefined>>;
  readonly schemes: Readonly<Record<string, number>>;
  readonly unknown: Readonly<Record<string, number>>;
  readonly bad: readonly { readonly line: number; readonly code: string; readonly column: string | undefined }[];
};

type Asked = { readonly isStopped: () => boolean };

/** Who checks and imports. */
export type Importer = {
  find(batchId: string): Promise<{ readonly status: string; readonly forgotten?: string | undefined } | undefined>;
  check(
    application: Application,
    source: Source,
    open: () => Readable,
    options: Asked & { readonly progress: (place: Place) => void },
  ): Promise<Found>;
  begin(
    application: Application,
    source: Source,
    open: () => Readable,
    options: { readonly secrets: Secrets },
  ): Promise<{ readonly id: string }>;
  work(
    batchId: string,
    open: () => Readable,
    options: Asked & {
      readonly progress: (place: Place & { readonly tally: Counts }) => void;
      readonly reject: (text: string, at: number) => Promise<void>;
    },
  ): Promise<{ readonly status: string }>;
};

type Needs = {
  applications: Pick<Applications, 'find'>;
  batches: Importer;
  files: Files;
  isStopping: () => boolean;
  log: Log;
  now: () => number;
  storage: Storage;
  store: ReturnType<typeof makeTaskStore<typeof uploadContent>>;
};

const SECOND = 1000;
/** How often it is written down how far a pass is, and whether somebody wants it to stop is read. */
const PACE = SECOND;

/** What a file is on its way to. */
const PASSES = { waiting: 'checking', checking: 'checking', asked: 'importing', importing: 'importing' } as const;

const passOf = (step: UploadContent['step']): 'checking' | 'importing' | undefined =>
  step in PASSES ? PASSES[step as keyof typeof PASSES] : undefined;

function reportOf(found: Found): UploadReport {
  const { problems, schemes, unknown, bad } = found;
  const known = Object.entries(problems).flatMap(([code, count]) => (count === undefined ? [] : [[code, count]]));
  return {
    lines: found.lines,
    names: found.names,
    present: found.present,
    withoutPassword: found.withoutPassword,
    addresses: found.addresses,
    unfitAddresses: found.unfitAddresses,
    confirmed: found.confirmed,
    blocked: found.blocked,
    secondFactor: found.secondFactor,
    rejected: found.rejected,
    alike: found.alike,
    problems: Object.fromEntries(known) as Record<string, number>,
    schemes: { ...schemes },
    unknown: { ...unknown },
    bad: bad.map(({ line, code, column }) => ({ line, code, ...(column === undefined ? {} : { column }) })),
  };
}

/** The check and the import of uploaded files, by a job. */
export function makeUploadWork({ applications, batches, files, isStopping, log, now, storage, store }: Needs) {
  const node = randomId();

  /** Writes something down, whatever a page writes meanwhile; undefined where the task is gone, or `to` says nothing. */
  async function update(
    id: string,
    to: (before: UploadContent) => Partial<UploadContent> | undefined,
  ): Promise<UploadContent | undefined> {
    for (;;) {
      const task = await store.find(id);
      const change = task === undefined ? undefined : to(task.content);
      if (task === undefined || change === undefined) return undefined;
      const next = { ...task.content, ...change, touched: now() };
      if ((await storage.write((tx) => store.replace(tx, task, next))) !== undefined) return next;
    }
  }

  /** The same while the work is this node's: where nothing was heard of it for long, somebody may have stopped it. */
  const updateOurs: typeof update = (id, to) =>
    update(id, (before) => (before.lease?.node === node ? to(before) : undefined));

  /** Takes a task for this node, if nobody else has it. */
  async function take(task: Task<UploadContent>, step: 'checking' | 'importing'): Promise<UploadContent | undefined> {
    if (task.content.lease?.node !== node && isWorkedOn(task.content, now())) return undefined;
    if (!(await files.has(task.id))) return undefined;
    const pass = { since: now(), lines: 0, bytes: 0 };
    const next = { ...task.content, step, pass, lease: { node, until: now() + LEASE }, touched: now() };
    const taken = await storage.write((tx) => store.replace(tx, task, next));
    return taken?.content;
  }

  /**
   * Runs a pass while it is written down how far it is, and it is looked whether somebody wants it to stop. Where that
   * fails, the pass is stopped, and what it failed with is thrown.
   */
  async function keeping<T>(
    id: string,
    pass: (seen: (place: Place, tally?: Counts) => void, isStopped: () => boolean) => Promise<T>,
  ): Promise<T> {
    let place: Place = { lines: 0, bytes: 0 };
    let done: Counts | undefined;
    let isUnwanted = false;
    const end = new AbortController();
    const failed = new AbortController();
    const note = async (): Promise<void> => {
      try {
        const next = await updateOurs(id, (before) => ({
          pass: { since: before.pass?.since ?? now(), ...place },
          lease: { node, until: now() + LEASE },
          ...(done === undefined ? {} : { done }),
        }));
        isUnwanted = next === undefined || next.stops;
      } catch (error) {
        // While the database is away nothing is written down; the pass itself fails for it where it must.
        if (!isUnavailable(error)) failed.abort(error);
      }
    };
    const keeper = (async () => {
      try {
        for await (const _ of every(PACE, undefined, { signal: end.signal })) await note();
      } catch (error) {
        if (!end.signal.aborted) failed.abort(error);
      }
    })();
    try {
      return await pass(
        ({ lines, bytes }, tally) => {
          place = { lines, bytes };
          if (tally !== undefined) done = { names: tally.names, present: tally.present, rejected: tally.rejected };
        },
        () => isUnwanted || failed.signal.aborted || isStopping(),
      );
    } finally {
      end.abort();
      await keeper;
      await note();
      failed.signal.throwIfAborted();
    }
  }

  async function check(id: string, application: Application, source: Source, content: UploadContent): Promise<void> {
    const report = await keeping(id, (progress, isStopped) =>
      batches.check(application, source, () => files.open(id, content.key), {
        progress: (place) => progress(place),
        isStopped,
      }),
    );
    const found = { step: 'checked', report: reportOf(report), lease: undefined, pass: undefined } as const;
    if ((await updateOurs(id, () => found)) === undefined) throw new UserError('legacy_stopped');
    log.info({ event: 'old_names_checked', application: application.id, lines: report.lines });
  }

  async function bring(id: string, application: Application, source: Source, content: UploadContent): Promise<void> {
    const open = (): Readable => files.open(id, content.key);
    const { secrets } = content;
    let { batchId } = content;
    if (batchId === undefined) {
      // That reads all of the file, and may take long enough for somebody to stop or remove it.
      batchId = (await keeping(id, () => batches.begin(application, source, open, { secrets }))).id;
      if ((await updateOurs(id, () => ({ batchId }))) === undefined) throw new UserError('legacy_stopped');
    }
    const batch = batchId;
    let rejects: LineFile | undefined;
    let end = 0;
    /** What begins before the end of the file stands in the place of what came there before. */
    async function reject(text: string, at: number): Promise<void> {
      if (rejects === undefined || at !== end) {
        const before = rejects;
        rejects = undefined;
        await before?.close();
        rejects = await files.rejects(id, content.key, at);
      }
      await rejects.add(text);
      end = at + Buffer.byteLength(text);
    }
    try {
      const { status } = await keeping(id, (progress, isStopped) =>
        batches.work(batch, open, {
          progress: (place) => progress(place, place.tally),
          isStopped,
          reject,
        }),
      );
      if (status !== 'done') throw new UserError('legacy_stopped');
    } catch (error) {
      const isOver = error instanceof UserError && error.code === 'legacy_batch_over';
      // It came to its end, and nobody was left to write that down. One that was undone meanwhile did not.
      if (!isOver || (await batches.find(batch))?.status !== 'done') throw error;
    } finally {
      await rejects?.close();
    }
    // The hashes and addresses of all are where they are wiped one by one from now on, and nowhere else.
    await files.empty(id);
    await update(id, () => ({ step: 'done', lease: undefined, secrets: {} }));
    log.info({ event: 'old_names_imported', application: application.id });
  }

  /** What becomes of a file whose pass did not come to its end. */
  async function ended(id: string, error: unknown): Promise<void> {
    if (isUnavailable(error)) return;
    const isStopped = error instanceof UserError && error.code === 'legacy_stopped';
    if (isStopped) {
      // The program ends: whoever starts it finds the step as it is, and goes on.
      await updateOurs(id, ({ stops, step }) => ({ step: stops ? 'stopped' : step, stops: false, lease: undefined }));
      return;
    }
    // Whoever died in it counts for a little longer.
    if (error instanceof UserError && error.code === 'legacy_busy') {
      await updateOurs(id, () => ({ lease: undefined }));
      return;
    }
    const problem = problemOf(error);
    if (problem.code === 'internal') log.error({ event: 'old_names_failed', ...describeError(error) });
    await updateOurs(id, () => ({ step: 'failed', problem, lease: undefined }));
  }

  function problemOf(error: unknown): { code: string; params: ErrorParams } {
    if (error instanceof UserError) return { code: error.code, params: error.params };
    return { code: error instanceof FrameError ? 'upload_broken' : 'internal', params: {} };
  }

  return async function work(): Promise<void> {
    for (const task of await store.list()) {
      const step = passOf(task.content.step);
      if (step === undefined || isStopping()) continue;
      const application = await applications.find(task.applicationId);
      const source = sourceOf(task.content.source);
      if (application === undefined || source === undefined) continue;
      const content = await take(task, step);
      if (content === undefined) continue;
      try {
        if (step === 'checking') await check(task.id, application, source, content);
        else await bring(task.id, application, source, content);
      } catch (error) {
        await ended(task.id, error);
      }
    }
  };
}
