import { Readable } from 'node:stream';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { runCommand } from '../../src/command.ts';
import { ROOT, SETTINGS } from '../../src/config.ts';

/** The README. */
export const README = path.join(ROOT, 'README.md');

function settingsTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    const file = 'secret' in setting ? ` Secret: may come from a file, \`${name}_FILE\`.` : '';
    const fallback = setting.fallback === '' ? '(empty)' : `\`${setting.fallback}\``;
    return `| \`${name}\` | ${setting.meaning}.${file} | ${fallback} |`;
  });
  return ['| setting | meaning | default |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Every `aluco` command as its own help tells it: how it is written, and what it does. */
export async function commands(): Promise<{ usage: string; meaning: string }[]> {
  const lines: string[] = [];
  await runCommand(['--help'], {
    environment: {},
    stdin: Readable.from([]),
    out: () => {},
    complain: (line) => void lines.push(line),
  });
  return lines.flatMap((line, index) => {
    const usage = /^ {2}aluco (.+)$/u.exec(line)?.[1];
    return usage === undefined ? [] : [{ usage, meaning: lines[index + 1]?.trim() ?? '' }];
  });
}

async function commandList(): Promise<string> {
  return (await commands()).map(({ usage, meaning }) => `- \`${usage}\`: ${meaning}`).join('\n');
}

function between(text: string, name: string, content: string): string {
  const [before, rest] = cut(text, new RegExp(`<!-- ${name}: [^>]*-->`, 'u'));
  const [, after] = cut(rest, new RegExp(`(?=<!-- /${name} -->)`, 'u'));
  return `${before}\n${content}\n\n${after}`;
}

/** The text up to the end of a mark, and what follows. */
function cut(text: string, mark: RegExp): [string, string] {
  const found = mark.exec(text);
  if (found === null) throw new Error(`the README has no ${mark.source}`);
  const end = found.index + found[0].length;
  return [text.slice(0, end), text.slice(end)];
}

/** The README with its settings and commands as the program has them. */
export async function withGenerated(text: string): Promise<string> {
  const filled = between(between(text, 'settings', `\n${settingsTable()}`), 'commands', `\n${await commandList()}`);
  return format(filled, { ...(await resolveConfig(README)), parser: 'markdown' });
}
