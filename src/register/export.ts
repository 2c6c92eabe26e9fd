import { csvLine } from '../csv.ts';
import type { Chain, Entry } from './chain.ts';

/**
 * The columns of the register as a table. The first four are what the chain is made of: `hash` is the SHA-256 of the hash
 * before (64 zeros for the first), `number`, `salt` and `content`, each on a line of its own, without an end of the last.
 */
export const REGISTER_COLUMNS = ['number', 'hash', 'salt', 'content', 'at', 'kind', 'by', 'request'] as const;

function lineOf({ number, hash, salt, text, content }: Entry): string {
  const by = 'by' in content ? content.by : '';
  const request = 'request' in content ? content.request : '';
  return csvLine([number, hash, salt, { exact: text }, content.at, content.kind, by, request]);
}

/** The whole register as lines of comma-separated values, some in memory at a time. */
export async function* csvOf(chain: Chain): AsyncGenerator<string> {
  yield csvLine(REGISTER_COLUMNS);
  for await (const entry of chain.all()) yield lineOf(entry);
}
