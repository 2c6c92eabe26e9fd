import { stringify } from 'yaml';

/** The same in every format below, without any quotes. */
const PLAIN = /^[A-Za-z0-9_./:,@-]+$/u;

/** Puts a backslash before each of these characters. */
const escaped = (value: string, characters: RegExp): string => value.replace(characters, (found) => `\\${found}`);

/**
 * A value in a file that Ruby's dotenv reads, as Mastodon's `.env.production`. Between single quotes everything stands
 * for itself, but an apostrophe cannot stand there. Between double quotes dotenv turns `\n` and `\r` into line ends even
 * after another backslash, and loses a backslash before `$`. After a backslash at the end it looks for another quote,
 * further down in the file.
 * @returns undefined for a value that no form carries.
 */
export function dotenv(value: string): string | undefined {
  if (PLAIN.test(value)) return value;
  if (value.endsWith('\\')) return undefined;
  if (!value.includes("'")) return `'${value}'`;
  if (/\\[nr$]/u.test(value)) return undefined;
  return `"${escaped(value, /["\\$]/gu)}"`;
}

/**
 * A value in a file that Laravel reads (vlucas/phpdotenv). Always between double quotes: its search for values of
 * several lines is misled by some that stand between single ones.
 */
export function laravel(value: string): string {
  return PLAIN.test(value) ? value : `"${escaped(value, /["\\$]/gu)}"`;
}

/** A value in a file of settings that both a shell and systemd read, as `/etc/default/grafana-server`. */
export function environment(value: string): string {
  return PLAIN.test(value) ? value : `"${escaped(value, /["\\$`]/gu)}"`;
}

/** One word of a command for a POSIX shell. */
export function shell(value: string): string {
  return PLAIN.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/** A string of Python. */
export function python(value: string): string {
  return `'${escaped(value, /['\\]/gu)}'`;
}

/** A string of Ruby: between single quotes nothing is filled in, neither `#{}` nor `%{}`. */
export function ruby(value: string): string {
  return `'${escaped(value, /['\\]/gu)}'`;
}

/**
 * YAML that old and new readers take alike: strings stand between double quotes, so that none is taken for a number, a
 * date or a `no`, and no line is folded.
 */
export function yaml(value: unknown): string[] {
  const text = stringify(value, { defaultKeyType: 'PLAIN', defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 });
  return text.trimEnd().split('\n');
}

/**
 * Whether a value is the same string where a program puts it into YAML without quotes, as newer Mastodons do with their
 * environment. What begins with a digit must go on in words, so that it is no number and no date.
 */
export function isPlainYaml(value: string): boolean {
  const isWords = /^\p{L}/u.test(value) || /^\p{N}.* \p{L}\p{L}/u.test(value);
  const isOther = /^(y|n|yes|no|on|off|true|false|null)$/iu.test(value);
  return isWords && !isOther && !/: | #|[:\s]$|\uFEFF/u.test(value);
}

/** A string in an expression of JMESPath, as a JSON literal with everything unusual written by its number. */
export function jmespath(value: string): string {
  const text = value.replace(/[^A-Za-z0-9 _.-]/gu, (found) =>
    [...Array(found.length).keys()]
      .map((index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
  return `\`"${text}"\``;
}

/** Whether Grafana takes a value as it stands: it fills in `${…}`, `$__file{…}` and `%(…)s` wherever they are. */
export function isPlainForGrafana(value: string): boolean {
  return !/\$(__\w+)?\{/u.test(value) && !value.includes('%(');
}
