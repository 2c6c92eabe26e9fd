import { unescaped } from './forms.ts';
import type { Side, Sights } from './sights.ts';

/** What the adversaries know a profile by: the name it has, and any it may get. */
export type Known = { readonly side: 'p' | 'q'; readonly names: readonly string[] };

/** Rows, entries and cards: what is about one profile among others. */
const ROW = /<(tr|li|article)\b[^>]*>(?:(?!<\/?\1\b)[\s\S])*<\/\1>/gu;
/** What only serves the form of whoever looks. */
const OWN_TOKEN = /<input\b[^>]*\sname="csrf"[^>]*>/gu;

/** About which profile a text is: about neither, where it names none of them or both. */
function sideOf(text: string, known: readonly Known[]): Side {
  const named = known.filter(({ names }) => names.some((name) => text.includes(name)));
  return named.length === 1 ? (named[0]?.side ?? 'neither') : 'neither';
}

/** Each text and each attribute of a piece of HTML. */
function leavesOf(html: string): [field: string, value: string][] {
  return [...html.matchAll(/<([a-z][\w-]*)((?:\s[^>]*)?)>|([^<>]+)/giu)].flatMap(
    ([, tag, attributes = '', text = '']): [string, string][] => {
      if (tag === undefined) return text.trim() === '' ? [] : [['text', unescaped(text.trim())]];
      const found = attributes.matchAll(/\s([\w-]+)="([^"]*)"/gu);
      return [...found].map(([, name = '', value = '']) => [`${tag}.${name}`, unescaped(value)]);
    },
  );
}

/** A page without and with what surrounds it. */
const PAGE = /^([\s\S]*?<main\b[^>]*>)([\s\S]*)(<\/main>[\s\S]*)$/u;
/** What surrounds pages and was taken apart before: the same again says nothing. */
const frames = new Set<string>();

/** What a moderator got as a page, as JSON or as CSV, taken apart by what it is about. */
export function readAnswers(sights: Sights, known: readonly Known[]) {
  function note(side: Side, source: string, leaves: readonly [string, string | number | boolean][]): void {
    for (const [field, value] of leaves) sights.addLeaf(side, source, field, value);
  }

  /** Where a row stands among all. */
  function place(side: Side, source: string, at: number): void {
    if (side !== 'neither') sights.addLeaf(side, source, 'place in the list', at);
  }

  return {
    /** A page that is all about one profile, or else one that may list several. */
    page(source: string, html: string, about: Side): void {
      const [, before = '', body = '', after = ''] = PAGE.exec(html.replaceAll(OWN_TOKEN, '')) ?? ['', '', html];
      const [title = ''] = /<title>[^<]*/u.exec(before) ?? [];
      note(about, `title of ${source}`, leavesOf(title));
      for (const frame of [before.replace(title, ''), after]) {
        if (frames.has(frame)) continue;
        frames.add(frame);
        note('neither', `frame of ${source}`, leavesOf(frame));
      }
      sights.addLeaf(about, source, 'length', body.length);
      if (about !== 'neither') return note(about, source, leavesOf(body));
      let rest = body;
      for (const [at, [row]] of [...body.matchAll(ROW)].entries()) {
        const side = sideOf(row, known);
        if (side === 'neither') continue;
        place(side, source, at);
        note(side, source, leavesOf(row));
        rest = rest.replace(row, '');
      }
      note('neither', source, leavesOf(rest));
    },

    /** JSON: what stands in a list is about whom it names. */
    json(source: string, text: string, about: Side): void {
      function walk(value: unknown, path: string, side: Side): void {
        if (typeof value !== 'object' || value === null) {
          if (value !== null && value !== undefined) note(side, source, [[path, value as string]]);
          return;
        }
        if (!Array.isArray(value)) {
          for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`, side);
          return;
        }
        sights.addLeaf(side, source, `${path}: how many`, value.length);
        for (const [at, item] of value.entries()) {
          const own = side === 'neither' ? sideOf(JSON.stringify(item), known) : side;
          if (side === 'neither') place(own, source, at);
          walk(item, `${path}[]`, own);
        }
      }
      walk(JSON.parse(text), '', about);
    },

    /** CSV: a line for each. */
    csv(source: string, text: string, about: Side): void {
      const [head = '', ...lines] = text.trimEnd().split('\r\n');
      const names = head.split(',');
      sights.addLeaf(about, source, 'how many', lines.length);
      for (const [at, line] of lines.entries()) {
        const side = about === 'neither' ? sideOf(line, known) : about;
        if (about === 'neither') place(side, source, at);
        const cells = line.match(/(?:"(?:[^"]|"")*"|[^,]*)(?:,|$)/gu) ?? [];
        note(
          side,
          source,
          names.map((name, index) => [name, (cells[index] ?? '').replace(/,$/u, '')]),
        );
      }
    },
  };
}
