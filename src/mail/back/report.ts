import { textOf } from '../addresses.ts';
import { decodedBody, partsOf, type MediaType } from './parts.ts';
import { reasonOf, wordsOf, type Reason } from './reason.ts';

/** What a report says became of a message. `text`: the other host's words, for the owner alone; `enhanced`: RFC 3463. */
export type Report = {
  readonly action: 'failed' | 'delayed' | 'other';
  readonly reason: Reason;
  readonly enhanced: string;
  readonly text: string;
  /** The addresses it is about, as it names them: never to be kept, and never to be believed further than that. */
  readonly recipients: readonly string[];
};

/** No more blocks of a report are read (P8): what we send has one recipient, who may have become a few. */
const BLOCKS_MAX = 50;
const STATUS_PARTS = new Set(['message/delivery-status', 'message/global-delivery-status']);

type Fields = ReadonlyMap<string, string>;

/** The blocks of fields between empty lines (RFC 3464 §2.1). Of a field that is there twice, the first. */
function blocksOf(text: string): Fields[] {
  return text
    .replaceAll(/\r?\n|\r/gu, '\n')
    .split(/\n{2,}/u, BLOCKS_MAX)
    .map((block) => {
      const fields = new Map<string, string>();
      for (const line of block.replaceAll(/\n[ \t]+/gu, ' ').split('\n')) {
        const colon = line.indexOf(':');
        const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
        if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
      }
      return fields;
    });
}

/** What is said of one recipient; undefined where the block is not about one. */
function readBlock(fields: Fields): Report | undefined {
  const said = fields.get('action')?.toLowerCase();
  const [status = ''] = /\b[245]\.\d{1,3}\.\d{1,3}\b/u.exec(fields.get('status') ?? '') ?? [];
  if (said === undefined && status === '') return undefined;
  const action = said === undefined ? (status.startsWith('5') ? 'failed' : 'other') : said.replace(/[\s(;].*$/su, '');
  const code = fields.get('diagnostic-code') ?? '';
  const recipients = ['original-recipient', 'final-recipient']
    .map((name) => (fields.get(name) ?? '').replace(/^[\w-]{1,20}\s*;\s*/u, ''))
    .filter((address) => address !== '' && address.length <= 320);
  const text = wordsOf(textOf(code.slice(0, 4000).replace(/^\s*[\w-]{1,20}\s*;\s*/u, '')));
  if (action === 'failed') {
    // The host itself may have said it more clearly than whoever wrote the report.
    const [own = ''] = /\b5\.\d{1,3}\.\d{1,3}\b/u.exec(text) ?? [];
    const clear = /^[245]\.0\.0$|^$/u.test(status) && own !== '' ? own : status;
    // Given up after many tries (RFC 3464 §2.3.4): what was temporary has become final.
    const reason = reasonOf({ status: clear, text });
    const isGivenUp = clear.startsWith('4') && reason === 'other';
    return { action, reason: isGivenUp ? 'expired' : reason, enhanced: clear, text, recipients };
  }
  if (action === 'delayed') return { action, reason: 'delayed', enhanced: status, text, recipients };
  return { action: 'other', reason: 'other', enhanced: status, text, recipients };
}

const RANK = { failed: 2, delayed: 1, other: 0 } as const;

/**
 * Reads a report about delivery (RFC 3464, RFC 6533), as far as it was received. Of several recipients the worst counts.
 * Undefined where it is none that can be read; it never throws.
 */
export function readReport(media: MediaType, body: string): Report | undefined {
  const part = partsOf(media, body).find(({ media: { type } }) => STATUS_PARTS.has(type));
  if (part === undefined) return undefined;
  const found = blocksOf(decodedBody(part))
    .map(readBlock)
    .filter((one) => one !== undefined);
  return found.toSorted((a, b) => RANK[b.action] - RANK[a.action])[0];
}
