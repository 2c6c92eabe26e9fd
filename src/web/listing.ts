import type { Request, Response } from 'express';
import { csvLine } from '../csv.ts';

/** Columns of a list, each with what it holds for an item; numbers and words only. */
export type Columns<Item> = Readonly<Record<string, (item: Item) => string | number | undefined>>;

/** A list as CSV with the names of its columns, in UTF-8. */
export function csvOf<Item>(columns: Columns<Item>, items: readonly Item[]): string {
  const names = Object.keys(columns);
  const lines = items.map((item) => csvLine(names.map((name) => columns[name]?.(item) ?? '')));
  return csvLine(names) + lines.join('');
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
