import type { Request, Response } from 'express';

/** Columns of a list, each with what it holds for an item; numbers and words only. */
export type Columns<Item> = Readonly<Record<string, (item: Item) => string | number | undefined>>;

/**
 * One cell of CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe in front, which is
 * how they write text themselves (A92).
 */
function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[\s\p{Cc}]*[=+\-@|%]|^[\t\r\n]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A list as CSV with the names of its columns, in UTF-8. */
export function csvOf<Item>(columns: Columns<Item>, items: readonly Item[]): string {
  const names = Object.keys(columns);
  const lines = items.map((item) => names.map((name) => cell(columns[name]?.(item))).join(','));
  return `${[names.join(','), ...lines].join('\r\n')}\r\n`;
}

/** Answers with a list in the form that was asked for by Accept: a page, JSON, or CSV as a file. */
export async function sendListing<Item>(
  req: Request,
  res: Response,
  {
    name,
    items,
    columns,
    json,
    page,
  }: {
    /** What the file is called, without its ending. */
    readonly name: string;
    readonly items: readonly Item[];
    readonly columns: Columns<Item>;
    readonly json: () => unknown;
    readonly page: () => string | Promise<string>;
  },
): Promise<void> {
  res.vary('accept');
  const wanted = req.accepts(['html', 'json', 'text/csv']);
  if (wanted === 'json') res.json(json());
  else if (wanted === 'text/csv') {
    res.attachment(`${name}.csv`);
    res.type('text/csv; charset=utf-8').send(csvOf(columns, items));
  } else res.send(await page());
}
