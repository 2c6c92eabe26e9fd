import { constants, createReadStream } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { readHead, sourceForTemplate, type Batch, type Secrets, type Source } from '../legacy/legacy.ts';
import type { Parts } from '../parts.ts';
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

const READ = { highWaterMark: 64 * 1024 } as const;

async function applicationOf({ applications }: Parts, values: Values): Promise<Application> {
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

/**
 * Has the engine keep its memory small, at the price of looking for what can be freed more often: by itself it would let it
 * grow to several times what is in use, and a machine that runs a server beside this has no such room.
 */
function keepSmall(): void {
  for (const flag of ['--heap-growing-percent=20', '--semi-space-growth-factor=1', '--max-semi-space-size=1'])
    setFlagsFromString(flag);
  // How far it may grow is reckoned at each collection from what is left, and before the first it is several times as much.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: object) => void;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

async function check(parts: Parts, file: string, values: Values, terminal: Terminal): Promise<void> {
  keepSmall();
  const application = await applicationOf(parts, values);
  const bytes = file === '-' ? undefined : await sizeOf(file);
  const source = chosenSource(values, application);
  const place = one(values, 'rejects');
  const rejects = place === undefined ? undefined : makeRejectsFile(place);
  await apart(file, place);
  await rejects?.begin(forceOf(values));
  const progress = makeProgress(terminal, 'Reading', bytes);
  let at = 0;
  const open = () => (file === '-' ? terminal.stdin : createReadStream(file, READ));
  try {
    const report = await parts.legacy.batches.check(application, source, open, {
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
  { legacy }: Parts,
  batch: Batch,
  file: string,
  options: Parameters<Parts['legacy']['batches']['work']>[2],
  { complain }: Terminal,
): Promise<Batch> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await legacy.batches.work(batch.id, () => createReadStream(file, READ), options);
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'legacy_busy' || waits === WAITS) throw error;
      if (waits === 0) complain('Somebody worked on this import a moment ago: waits whether that goes on.');
      await pause(WAIT);
    }
  }
}

async function importFile(parts: Parts, file: string, values: Values, terminal: Terminal): Promise<void> {
  if (file === '-') throw new UsageError('an import that may be interrupted needs a file, not standard input');
  keepSmall();
  const { out, complain } = terminal;
  const application = await applicationOf(parts, values);
  const source = chosenSource(values, application);
  const bytes = await sizeOf(file);
  const secrets = await secretsOf(values);
  const open = (): ReturnType<typeof createReadStream> => createReadStream(file, READ);
  await readHead(source, open());
  const place = one(values, 'rejects') ?? `${file}.rejects`;
  const rejects = makeRejectsFile(place);
  await apart(file, place);
  const isBegun = (await parts.legacy.batches.list(application.id)).some(
    ({ status }) => status === 'working' || status === 'stopped',
  );
  if (!isBegun) await rejects.begin(forceOf(values));
  const batch = await parts.legacy.batches.begin(application, source, open, { secrets });
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

/** Commands about names that applications had before. */
export const legacyVerbs: Verbs = {
  'legacy check': {
    usage: 'legacy check --application ID [--source SOURCE] [--rejects FILE [--force]] FILE|-',
    meaning:
      'reads a user table (CSV or JSON Lines, possibly packed by gzip) and says what importing it would do; writes nothing, but to a file of rejects the lines that would not be imported; --force: in the place of a file that is there',
    options: FILE_OPTIONS,
    run: (parts, words, values, terminal) => check(parts, word(words, 0, 'the file'), values, terminal),
  },
  'legacy import': {
    usage:
      'legacy import --application ID [--source SOURCE] [--pepper-file FILE] [--salt-file FILE] [--rejects FILE] [--force] FILE',
    meaning:
      'reserves the names of a user table, with what proves whose they are; interrupted, the same command goes on; what cannot be imported goes to FILE.rejects, to be corrected and imported in its turn; --force: in the place of such a file of an earlier import',
    options: { ...FILE_OPTIONS, 'pepper-file': text, 'salt-file': text },
    run: (parts, words, values, terminal) => importFile(parts, word(words, 0, 'the file'), values, terminal),
  },
  'legacy batches': {
    usage: 'legacy batches --application ID',
    meaning: 'lists the imports of an application',
    options: { application: text },
    async run(parts, _words, values, { out }) {
      const { id } = await applicationOf(parts, values);
      for (const { id: batch, day, source, status, tally, forgotten, forgetOn } of await parts.legacy.batches.list(
        id,
      )) {
        const forgets =
          forgotten === undefined
            ? forgetOn === undefined
              ? ''
              : `, forgets ${forgetOn}`
            : `, forgotten ${forgotten}`;
        out(`${batch}  ${day}  ${source}  ${status}, ${tally.names} names, ${tally.rejected} rejected${forgets}`);
      }
    },
  },
  'legacy undo': {
    usage: 'legacy undo --reverse-run BATCH',
    meaning:
      'takes an import back that nobody took a name from; --reverse-run says that the reverse file was run on the application, or that none was ever needed',
    options: { 'reverse-run': flag },
    async run({ legacy }, words, values, { out }) {
      const batch = word(words, 0, 'the import');
      const { status } = await legacy.batches.undo(batch, { reverseRun: values['reverse-run'] === true });
      out(`${batch}: ${status}`);
    },
  },
  'legacy forget': {
    usage: 'legacy forget [--on YYYY-MM-DD|never] BATCH',
    meaning:
      'forgets the old passwords and addresses of an import, at once or on a day; the names that nobody took back stay reserved',
    options: { on: text },
    async run({ legacy }, words, values, { out }) {
      const batch = word(words, 0, 'the import');
      const day = one(values, 'on');
      if (day === undefined) {
        const { forgotten } = await legacy.batches.forget(batch);
        out(`${batch}: forgotten ${forgotten}`);
        return;
      }
      const { forgetOn } = await legacy.batches.forgetOn(batch, day === 'never' ? undefined : day);
      out(`${batch}: ${forgetOn === undefined ? 'forgets nothing by itself' : `forgets ${forgetOn}`}`);
    },
  },
};
