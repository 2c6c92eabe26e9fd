import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where Debian's phpdotenv (the reader that Laravel uses) is. */
const PHP_DOTENV = '/usr/share/php/Dotenv/autoload.php';
/** Debian's own Python, which sees Debian's own packages. */
const PYTHON = '/usr/bin/python3';

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function present(what: string, found: boolean): boolean {
  if (!found) console.warn(`No ${what}: what it should read back is NOT checked.`);
  return found;
}

/** Which readers there are. Says loudly what is missing. */
export const READERS = {
  rubyDotenv: present('ruby with dotenv (ruby, ruby-dotenv)', works('ruby', ['-e', 'require "dotenv"'])),
  ruby: present('ruby', works('ruby', ['-v'])),
  laravel: present(
    'php with phpdotenv (php-cli, php-vlucas-phpdotenv)',
    works('php', ['-v']) && existsSync(PHP_DOTENV),
  ),
  yaml: present('python3 with yaml (python3-yaml)', works(PYTHON, ['-c', 'import yaml'])),
  jmespath: present('python3 with jmespath (python3-jmespath)', works(PYTHON, ['-c', 'import jmespath'])),
};

/** Runs a program on a file with these contents, and reads the JSON that it prints. */
function readWith(command: string, program: readonly string[], contents: string): unknown {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aluco-reader-'));
  try {
    const file = path.join(folder, 'file');
    writeFileSync(file, contents);
    return JSON.parse(
      execFileSync(command, [...program, file], {
        encoding: 'utf8',
        env: { LANG: 'C.UTF-8', PATH: process.env['PATH'] },
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What Mastodon's dotenv finds in a file. */
export function readDotenv(contents: string): Record<string, string> {
  const program =
    'require "dotenv"; require "json"; puts JSON.generate(Dotenv::Parser.call(File.read(ARGV[0], encoding: "UTF-8")))';
  return readWith('ruby', ['-e', program], contents) as Record<string, string>;
}

/** What Laravel finds in a file. */
export function readLaravel(contents: string): Record<string, string> {
  const program = `require '${PHP_DOTENV}'; echo json_encode(Dotenv\\Dotenv::parse(file_get_contents($argv[1])));`;
  return readWith('php', ['-r', program, '--'], contents) as Record<string, string>;
}

/** What Python's YAML, which Synapse reads with, finds in a file. */
export function readYaml(contents: string): unknown {
  return readWith(
    PYTHON,
    ['-c', 'import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1],encoding="utf-8"))))'],
    contents,
  );
}

/** What a shell has in its environment after a file of settings. */
export function readEnvironment(contents: string): Record<string, string> {
  const program = 'set -a; . "$0"; env -0 | od -An -v -tx1 | tr -d " \\n" | sed "s/.*/\\"&\\"/"';
  const hex = readWith('/bin/sh', ['-c', program], contents) as string;
  const entries = Buffer.from(hex, 'hex')
    .toString('utf8')
    .split('\0')
    .filter((entry) => entry !== '');
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** The arguments of each `occ` command of a script, as a shell passes them on. */
export function readOcc(contents: string): string[][] {
  const program =
    'occ() { for word in "$@"; do printf "%s\\\\0" "$word"; done; printf "\\\\0"; }; { . "$0"; } | od -An -v -tx1 | tr -d " \\n" | sed "s/.*/\\"&\\"/"';
  const hex = readWith('/bin/sh', ['-c', program.replaceAll('\\\\0', '\\0')], contents) as string;
  return Buffer.from(hex, 'hex')
    .toString('utf8')
    .split('\0\0')
    .filter((command) => command !== '')
    .map((command) => command.split('\0'));
}

/** What a part of gitlab.rb sets, when Ruby runs it. */
export function readGitlab(contents: string): Record<string, unknown> {
  const program =
    'require "json"; settings = {}; define_singleton_method(:gitlab_rails) { settings }; eval(File.read(ARGV[0], encoding: "UTF-8"), binding, ARGV[0]); puts JSON.generate(settings)';
  return readWith('ruby', ['-e', program], contents) as Record<string, unknown>;
}

/** What an expression of JMESPath says of each of several documents. */
export function askJmespath(questions: readonly { expression: string; document: unknown }[]): unknown[] {
  const program =
    'import json,sys,jmespath; print(json.dumps([jmespath.search(q["expression"],q["document"]) for q in json.load(open(sys.argv[1]))]))';
  return readWith(PYTHON, ['-c', program], JSON.stringify(questions)) as unknown[];
}
