import { UserError, type ErrorParams } from '../errors.ts';

/** Refuses metadata for a reason that pages put into words; `params` hold short texts that `shown` made harmless. */
export function refuseMetadata(reason: string, params: ErrorParams = {}): never {
  throw new UserError('metadata_invalid', { reason, ...params });
}

/**
 * A text from outside as a problem may quote it: one line, without control, format and private characters, without
 * halves of characters, and short. Pages escape it as they escape everything.
 */
export function shown(text: string, most = 200): string {
  const plain = text
    .normalize('NFC')
    .replace(/[\p{Z}\s]+/gu, ' ')
    .replace(/\p{C}/gu, '')
    .trim();
  let kept = '';
  for (const character of plain) {
    if (kept.length + character.length > most) break;
    kept += character;
  }
  return kept.trimEnd();
}
