import { Session } from 'node:inspector/promises';
import { constants, createReadStream } from 'node:fs';
import { chunksOfFile } from './legacy/file-chunks.ts';
import { access, readFile, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { makeApplications, type Application, type Applications } from '../applications/applications.ts';
import type { Config } from '../config.ts';
import { UserError } from '../errors.ts';
import {
  importsFolder,
  makeBatches,
  readHead,
  sortingFolder,
  sourceForTemplate,
  type Batch,
  type Batches,
  type Secrets,
  type Source,
} from '../legacy/importing.ts';
import { loadSeals } from '../storage/keys.ts';
import { openStorage } from '../storage/open.ts';
import { namedSource } from './legacy/named-source.ts';
import { makeProgress } from './legacy/progress.ts';
import { makeRejectsFile } from './legacy/rejects-file.ts';
import { batchLines, reportLines } from './legacy/report.ts';
import {
  flag,
  one,
  Refusal,
  required,
  text,
  UsageError,
  word,
  type Terminal,
  type Values,
  type Verbs,
} from './verb.ts';

const FILE_OPTIONS = { application: text, source: text, rejects: text, force: flag } as const;

/** Whoever died while importing counts as at work for ten seconds more. */
const [WAIT, WAITS] = [1000, 15];

/** All that importing needs: the other parts of the program would be memory that it has not. */
type Importer = { readonly applications: Pick<Applications, 'get'>; readonly batches: Batches };

/** What loading the program left behind goes at once: the engine would wait for more of it than an import takes in all. */
async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}

async function withImporter(config: Config, act: (importer: Importer) => Promise<void>): Promise<void> {
  await collectGarbage();
  const storage = await openStorage(config.ALUCO_DATABASE, config.ALUCO_DATA);
  try {
    const seals = await loadSeals(storage, config.ALUCO_MASTER_KEY, `${config.ALUCO_DATA}.key`);
    const applications = makeApplications({ storage, now: Date.now });
    const folder = sortingFolder(importsFolder(config.ALUCO_DATA));
    await act({ applications, batches: makeBatches({ applications, storage, seals, now: Date.now, folder }) });
  } finally {
    await storage.close();
  }
}

async function applicationOf({ applications }: Importer, values: Values): Promise<Application> {
  return applications.get(required(values, 'application'));
}

function chosenSource(values: Values, { template }: Application): Source {
  const id = one(values, 'source');
  return (id === undefined ? sourceForTemplate(template?.id) : undefined) ?? namedSource(id);
}

/** @throws {UsageError} */
function unreadable(file: string, error: unknown): never {
  throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no code'})`);
}

/** Secrets are read from files: other users of the machine see what a command is called with. */
async function secretsOf(values: Values): Promise<Secrets> {
  const read = async (name: string): Promise<string | undefined> => {
    const file = one(values, name);
    if (file === undefined) return undefined;
    const secret = (
      await readFile(file, 'utf8').catch((error: unknown) => unreadable(`--${name}: ${file}`, error))
    ).replace(/\r?\n$/u, '');
    if (secret === '') throw new UsageError(`the file of --${name} is empty`);
    return secret;
  };
  const [pepper, salt] = [await read('pepper-file'), await read('salt-file')];
  return { ...(pepper === undefined ? {} : { pepper }), ...(salt === undefined ? {} : { salt }) };
}

/** How long a file is. @throws {UsageError} where there is none */
async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) throw new UsageError(`there is no file ${file}`);
  await access(file, constants.R_OK).catch((error: unknown) => unreadable(file, error));
  return found.size;
}

const forceOf = (values: Values): { readonly force: boolean } => ({ force: values['force'] === true });

/** @throws {UsageError} where what is rejected would go over the file that is read */
async function apart(file: string, rejects: string | undefined): Promise<void> {
  const [read, written] = await Promise.all([file, rejects ?? '-'].map((name) => stat(name).catch(() => undefined)));
  if (read !== undefined && read.dev === written?.dev && read.ino === written.ino)
    throw new UsageError('--rejects is another file than the one that is read');
}

async function check(parts: Importer, file: string, values: Values, terminal: Terminal): Promise<void> {
  const application = await applicationOf(parts, values);
  const bytes = file === '-' ? undefined : await sizeOf(file);
  const source = chosenSource(values, application);
  const place = one(values, 'rejects');
  const rejects = place === undefined ? undefined : makeRejectsFile(place);
  await apart(file, place);
  await rejects?.begin(forceOf(values));
  const progress = makeProgress(terminal, 'Reading', bytes);
  let at = 0;
  const open = () => (file === '-' ? terminal.stdin : chunksOfFile(file));
  try {
    const report = await parts.batches.check(application, source, open, {
      progress: progress.tell,
      async reject(lines) {
        await rejects?.write(lines, at);
        at += Buffer.byteLength(lines);
      },
    });
    progress.end();
    for (const line of reportLines(report)) terminal.out(line);
  } finally {
    await rejects?.close();
  }
}

/** Works on a batch, once nobody else does: somebody who died in it is waited for. */
async function work(
  { batches }: Importer,
  batch: Batch,
  file: string,
  options: Parameters<Batches['work']>[2],
  { complain }: Terminal,
): Promise<Batch> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await batches.work(batch.id, () => chunksOfFile(file), options);
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'legacy_busy' || waits === WAITS) throw error;
      if (waits === 0) complain('Somebody worked on this import a moment ago: waits whether that goes on.');
      await pause(WAIT);
    }
  }
}

async function importFile(parts: Importer, file: string, values: Values, terminal: Terminal): Promise<void> {
  if (file === '-') throw new UsageError('an import that may be interrupted needs a file, not standard input');
  const { out, complain } = terminal;
  const application = await applicationOf(parts, values);
  const source = chosenSource(values, application);
  const bytes = await sizeOf(file);
  const secrets = await secretsOf(values);
  const open = (): AsyncIterable<Buffer> => chunksOfFile(file);
  await readHead(source, createReadStream(file));
  const place = one(values, 'rejects') ?? `${file}.rejects`;
  const rejects = makeRejectsFile(place);
  await apart(file, place);
  const isBegun = (await parts.batches.list(application.id)).some(
    ({ status }) => status === 'working' || status === 'stopped',
  );
  if (!isBegun) await rejects.begin(forceOf(values));
  const batch = await parts.batches.begin(application, source, open, { secrets });
  if (isBegun) await rejects.goOn(batch.rejects);
  out(`${batch.id}: ${batch.at.pass === 'reading' ? 'begins' : 'goes on'}`);
  const progress = makeProgress(terminal, 'Importing', bytes);
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const options = { progress: progress.tell, isStopped: () => isStopped, reject: rejects.write };
    const done = await work(parts, batch, file, options, terminal);
    progress.end();
    for (const line of batchLines(done)) out(line);
    if (done.tally.rejected > 0) complain(`What was not imported is in ${place}: correct it and import that.`);
    if (done.status === 'stopped') {
      complain('Stopped: the same command goes on with it.');
      throw new Refusal();
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await rejects.close();
  }
}

/** Commands that import names which applications had before. */
export const legacyImportVerbs: Verbs = {
  'legacy check': {
    usage: 'legacy check --application ID [--source SOURCE] [--rejects FILE [--force]] FILE|-',
    meaning:
      'reads a user table (CSV or JSON Lines, possibly packed by gzip) and says what importing it would do; writes nothing, but to a file of rejects the lines that would not be imported; --force: in the place of a file that is there',
    options: FILE_OPTIONS,
    runBare: (config, words, values, terminal) =>
      withImporter(config, (importer) => check(importer, word(words, 0, 'the file'), values, terminal)),
  },
  'legacy import': {
    usage:
      'legacy import --application ID [--source SOURCE] [--pepper-file FILE] [--salt-file FILE] [--rejects FILE] [--force] FILE',
    meaning:
      'reserves the names of a user table, with what proves whose they are; interrupted, the same command goes on; what cannot be imported goes to FILE.rejects, to be corrected and imported in its turn; --force: in the place of such a file of an earlier import',
    options: { ...FILE_OPTIONS, 'pepper-file': text, 'salt-file': text },
    runBare: (config, words, values, terminal) =>
      withImporter(config, (importer) => importFile(importer, word(words, 0, 'the file'), values, terminal)),
  },
};
