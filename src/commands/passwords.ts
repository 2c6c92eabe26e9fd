import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { breachedPasswordsFile, breachedState, type BreachedState } from '../accounts/breached.ts';
import { openWriter, PREFIXES } from '../accounts/breached-file.ts';
import { fetchRanges, SourceError } from './passwords/fetch.ts';
import { importHashes, LineError } from './passwords/import.ts';
import { one, Refusal, text, UsageError, word, type Terminal, type Values, type Verbs } from './verb.ts';

const SOURCE = 'https://api.pwnedpasswords.com/range/';

/** Seen fewer times, a password is no guess worth making online; the file stays small. */
const SEEN = 10;

/** Lines of progress, of a whole download. */
const LINES = 64;

function seenOf(values: Values): number {
  const given = one(values, 'seen') ?? String(SEEN);
  if (!/^[1-9]\d{0,8}$/u.test(given)) throw new UsageError('--seen is a number from 1');
  return Number(given);
}

/** How a file is, in words. */
function describe(name: string, state: BreachedState): string {
  if (state.kind === 'none') return `There is no ${name}.`;
  if (state.kind === 'damaged') return `${name} is of no use: ${state.why}. Make it again.`;
  const day = new Date(state.made).toISOString().slice(0, 10);
  if (state.kind === 'ready')
    return `${name}: ${state.records} passwords seen ${state.seen} times or more, made on ${day}.`;
  const done = Math.floor((100 * state.next) / PREFIXES);
  return `${name}: ${done} % of a download begun on ${day}. The same command goes on with it.`;
}

async function fetchAll(target: string, from: string, seen: number, { out, complain }: Terminal): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const writer = await openWriter(target, { seen, now: Date.now() });
  const step = PREFIXES / LINES;
  if (writer.next() > 0) out(`Goes on at ${Math.floor((100 * writer.next()) / PREFIXES)} %.`);
  try {
    await fetchRanges(writer, {
      from,
      seen,
      pause: (milliseconds) => setTimeout(milliseconds),
      onProgress: (done) => void (done % step === 0 && out(`${Math.floor((100 * done) / PREFIXES)} %`)),
    });
  } catch (error) {
    await writer.stop();
    if (!(error instanceof SourceError)) throw error;
    complain(`${error.message}. What came until now is kept: the same command goes on with it.`);
    throw new Refusal();
  }
  const { records } = await writer.finish();
  out(`${target}: ${records} passwords. New passwords are compared with them from now on.`);
}

async function importAll(source: string, target: string, seen: number, { out, complain }: Terminal): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  // Never on top of an interrupted download.
  await rm(`${target}.part`, { force: true });
  const writer = await openWriter(target, { seen, now: Date.now() });
  try {
    await importHashes(source, target, writer, seen);
  } catch (error) {
    await writer.stop();
    await rm(`${target}.part`, { force: true });
    if (!(error instanceof LineError)) throw error;
    complain(`${source}: ${error.message}. Nothing was changed.`);
    throw new Refusal();
  }
  const { records } = await writer.finish();
  out(`${target}: ${records} passwords. New passwords are compared with them from now on.`);
}

const seen = { seen: text };

/** The commands about passwords known from leaks. */
export const passwordVerbs: Verbs = {
  'passwords fetch': {
    usage: 'passwords fetch [--seen <times>] [--from <address>]',
    meaning: 'Downloads the passwords known from leaks (seen 10 times or more); an interrupted download goes on.',
    options: { ...seen, from: text },
    async runBare(config, _words, values, terminal) {
      const from = one(values, 'from') ?? SOURCE;
      if (!/^https?:\/\/[^\s]+\/$/u.test(from)) throw new UsageError('--from is an address that ends with /');
      await fetchAll(breachedPasswordsFile(config), from, seenOf(values), terminal);
    },
  },
  'passwords import': {
    usage: 'passwords import <file> [--seen <times>]',
    meaning: 'Makes the same file from a text file: one SHA-1 and its count a line, in any order.',
    options: seen,
    async runBare(config, words, values, terminal) {
      await importAll(word(words, 0, 'the file'), breachedPasswordsFile(config), seenOf(values), terminal);
    },
  },
  'passwords status': {
    usage: 'passwords status',
    meaning: 'Says how many passwords known from leaks there are, and since when.',
    options: {},
    async runBare(config, _words, _values, { out, complain }) {
      const name = breachedPasswordsFile(config);
      const [state, part] = [await breachedState(name), await breachedState(`${name}.part`)];
      if (state.kind === 'damaged') complain(describe(name, state));
      else out(describe(name, state));
      if (part.kind === 'unfinished') out(describe(`${name}.part`, part));
      if (state.kind === 'damaged') throw new Refusal();
    },
  },
};
