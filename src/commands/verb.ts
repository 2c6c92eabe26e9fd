import type { Readable } from 'node:stream';
import type { ParseArgsOptionsConfig } from 'node:util';
import type { Config } from '../config.ts';
import type { Parts } from '../parts.ts';

/** What a command reads and writes. */
export type Terminal = {
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly out: (line: string) => void;
  readonly complain: (line: string) => void;
  /** Where there is somebody to see it: a line in the place of the one before. */
  readonly status?: (line: string) => void;
};

export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

type Common = {
  readonly usage: string;
  readonly meaning: string;
  readonly options: ParseArgsOptionsConfig;
};

/** A command on the parts of the program, as the server has them. */
type OnParts = Common & {
  readonly run: (parts: Parts, words: readonly string[], values: Values, terminal: Terminal) => Promise<void>;
};

/** A command for where the parts cannot be made, or must not be: it opens what it needs by itself. */
type OnConfig = Common & {
  readonly runBare: (config: Config, words: readonly string[], values: Values, terminal: Terminal) => Promise<void>;
};

/** One command of the program. */
export type Verb = OnParts | OnConfig;

/** The commands about one thing, by the words that call them. */
export type Verbs = Readonly<Record<string, Verb>>;

/** Something is wrong with how the command was written. */
export class UsageError extends Error {}

/** The command was run and says no; its words were already written. */
export class Refusal extends Error {}

/** The command cannot be done here as it was asked, and the message says why: exit status 1. */
export class Told extends Error {}

/** Kinds of options, for `Verb.options`. */
export const text = { type: 'string' } as const;
export const many = { type: 'string', multiple: true } as const;
export const flag = { type: 'boolean' } as const;

/** The value of an option that is given at most once. */
export const one = (values: Values, name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};

/** The value of an option that must be given. @throws {UsageError} when it is not */
export function required(values: Values, name: string): string {
  const value = one(values, name);
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

/** The values of an option that may be given again and again. */
export const all = (values: Values, name: string): string[] =>
  [values[name] ?? []].flat().filter((value): value is string => typeof value === 'string');

/** @throws {UsageError} when the word is missing; `what` names it. */
export function word(words: readonly string[], index: number, what: string): string {
  const value = words[index];
  if (value === undefined) throw new UsageError(`${what} is missing`);
  return value;
}

/** @throws {UsageError} when it is neither `on` nor `off` */
export function isOn(value: string): boolean {
  if (value !== 'on' && value !== 'off') throw new UsageError('it is on or off');
  return value === 'on';
}

/** The first line of standard input: passwords are never given as arguments, where other users could read them. */
export async function readSecret({ stdin, complain }: Terminal, question: string): Promise<string> {
  if (stdin.isTTY === true) complain(question);
  let received = '';
  for await (const chunk of stdin) {
    received += String(chunk);
    if (received.includes('\n') || received.length > 4096) break;
  }
  return received.split(/\r?\n/u, 1)[0] ?? '';
}
