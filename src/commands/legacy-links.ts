import { rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { translator } from '../../views/text.ts';
import {
  answersTo,
  ENGINES,
  protocolOf,
  readingCommands,
  sourceForTemplate,
  DATABASE,
  writingCommands,
  type Engine,
  type LinkKind,
  type LinkOptions,
  type LinkPiece,
  type Way,
} from '../legacy/legacy.ts';
import type { Parts } from '../parts.ts';
import { namedSource } from './legacy/named-source.ts';
import { checkPlace, clearPlace, newPrivateFile, toldOf } from './legacy/private-file.ts';
import {
  all,
  flag,
  many,
  one,
  required,
  text,
  UsageError,
  word,
  type Terminal,
  type Values,
  type Verbs,
} from './verb.ts';

const FILE_OPTIONS = {
  application: text,
  source: text,
  engine: text,
  answer: many,
  file: text,
  reverse: text,
  force: flag,
} as const;

/** The value of an option out of some words, or the only word there is. */
function choice<T extends string>(values: Values, name: string, known: readonly T[]): T {
  const value = one(values, name);
  const found = value === undefined && known.length === 1 ? known[0] : known.find((item) => item === value);
  if (found === undefined) throw new UsageError(`--${name} is one of ${known.join(', ')}`);
  return found;
}

const keysOf = <T extends string>(record: Readonly<Partial<Record<T, unknown>>>, known: readonly T[]): T[] =>
  known.filter((key) => record[key] !== undefined);

function answersOf(values: Values): Record<string, string> {
  return Object.fromEntries(
    all(values, 'answer').map((pair) => {
      const [key, ...rest] = pair.split('=');
      if (key === undefined || key === '' || rest.length === 0) throw new UsageError('an answer is written KEY=VALUE');
      return [key, rest.join('=')];
    }),
  );
}

/** In this order: nobody has a line of the file without its way back, wherever it ends. */
const WAYS = ['back', 'forward'] as const satisfies readonly Way[];

/**
 * Writes files that only whoever runs the command may read: they say who is who. Both, or nothing is left but what was
 * there: with `force` they are written beside that, whose way back may be needed, and take its place when they are whole.
 * @throws {Told}
 */
async function save(
  files: Readonly<Record<Way, string>>,
  pieces: AsyncIterable<LinkPiece>,
  force: boolean,
): Promise<void> {
  for (const way of WAYS) await checkPlace(files[way], { force });
  const made: { readonly way: Way; readonly file: string; readonly written: string; readonly handle: FileHandle }[] =
    [];
  const eachMade = async (work: (one: (typeof made)[number]) => Promise<void>): Promise<void> => {
    for (const one of made) {
      await work(one).catch((error: unknown) => {
        throw toldOf(one.file, error);
      });
    }
  };
  try {
    for (const way of WAYS) {
      const file = files[way];
      const written = force ? `${file}.new` : file;
      if (force) await clearPlace(written, { force });
      made.push({ way, file, written, handle: await newPrivateFile(written) });
    }
    for await (const piece of pieces)
      await eachMade(({ way, handle }) => handle.appendFile(piece[way].map((line) => `${line}\n`).join('')));
    await eachMade(({ handle }) => handle.sync());
    if (force) await eachMade(({ written, file }) => rename(written, file));
  } catch (error) {
    for (const { written } of made) await rm(written, { force: true });
    throw error;
  } finally {
    for (const { handle } of made) await handle.close();
  }
}

/** Writes both files and says how they are run. */
async function writeFiles(
  { applications, legacy, config }: Parts,
  kind: LinkKind,
  values: Values,
  { out, complain }: Terminal,
): Promise<void> {
  const application = await applications.get(required(values, 'application'));
  const wanted = one(values, 'source');
  const source = wanted === undefined ? sourceForTemplate(application.template?.id) : namedSource(wanted);
  const known = keysOf(source[kind], [...ENGINES, 'api']);
  const note =
    kind === 'link' && source.linkNote !== undefined
      ? translator('en')(`legacy.link_note.${source.linkNote}`)
      : undefined;
  if (known.length === 0) {
    throw new UsageError(
      note === undefined ? `${source.name} has no such file; say --source` : `${source.name}: ${note}`,
    );
  }
  const engine = choice(values, 'engine', known);
  const clients = await applications.clientsOf(application.id);
  const usual = protocolOf(clients, await applications.serviceProvidersOf(application.id));
  const protocol = choice({ protocol: usual, ...values }, 'protocol', ['oidc', 'saml'] as const);
  const uid = choice({ uid: source.uid ?? 'subject', ...values }, 'uid', ['subject', 'name'] as const);
  const file = required(values, 'file');
  const reverse = required(values, 'reverse');
  if (path.resolve(file) === path.resolve(reverse)) throw new UsageError('--file and --reverse are two files');
  const answers = answersTo(
    source,
    answersOf(values),
    clients.map(({ id }) => id),
  );
  const options: LinkOptions = { protocol, uid, issuer: config.ALUCO_URL, answers };
  const { pieces, names } = legacy.links.write(application, source, { kind, engine, options });
  await save({ forward: file, back: reverse }, pieces, values['force'] === true);
  out(`${translator('en')('legacy.said.names', { count: names() })} in ${file}; the way back is in ${reverse}`);
  if (note !== undefined) complain(`${source.name}: ${note}`);
  if (engine === 'api') return;
  const database = source.usual?.[engine]?.database;
  complain('One of these runs it, according to where the database is; keep both files until you need no way back:');
  for (const command of writingCommands(source, engine, file)) complain(`  ${command}`);
  complain(
    `${DATABASE} is what the database is called: its copy in a rehearsal, the application’s own${database === undefined ? '' : ` (usually ${database})`} on the day.`,
  );
}

/** Commands that tell applications whose each of their accounts is. */
export const legacyLinkVerbs: Verbs = {
  'legacy export': {
    usage: 'legacy export SOURCE [--engine postgres|mysql|sqlite]',
    meaning:
      'prints the statement that reads the people out of the database of an application, and the commands that run it',
    options: { engine: text },
    async run(_parts, words, values, { out }) {
      const source = namedSource(word(words, 0, 'the source'));
      const known = keysOf(source.exports, ENGINES);
      if (known.length === 0) throw new UsageError(`${source.name} is read from a file that you make yourself`);
      const engine: Engine = choice(values, 'engine', known);
      const file = `${source.id}-export.sql`;
      // As remarks, so that all that is printed is a file that can be run.
      out(`-- Save this as ${file}. One of these runs it, according to where the database is:`);
      for (const command of readingCommands(source, engine, file)) out(`--   ${command}`);
      out(source.exports[engine] ?? '');
    },
  },
  'legacy link': {
    usage:
      'legacy link --application ID [--source SOURCE] [--engine postgres|mysql|sqlite|api] [--protocol oidc|saml] [--uid subject|name] [--answer KEY=VALUE]… --file FILE --reverse FILE [--force]',
    meaning:
      'writes a file that tells an application which of its accounts each old name is, to be run before it is opened and after each further import, and one that takes it back; --uid: what the application reads as the id of a person, where it is not what the template sets up; --force: in the place of files that are there',
    options: { ...FILE_OPTIONS, protocol: text, uid: text },
    run: (parts, _words, values, terminal) => writeFiles(parts, 'link', values, terminal),
  },
  'legacy move': {
    usage:
      'legacy move --application ID [--source SOURCE] [--engine postgres|mysql|sqlite|api] [--answer KEY=VALUE]… --file FILE --reverse FILE [--force]',
    meaning:
      'writes a file that replaces the addresses that an application knows by relay addresses, of those who agreed when they took their name back, and one that puts the old ones there again',
    options: FILE_OPTIONS,
    run: (parts, _words, values, terminal) => writeFiles(parts, 'move', values, terminal),
  },
};
