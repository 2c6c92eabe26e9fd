import type { ErrorParams } from '../../errors.ts';
import { messageFor, sentenceOf, type Translate } from '../../../views/text.ts';

/** A key of one of our tables in words; where there are none, or a parameter is missing, the key itself. */
function wordsFor(t: Translate, table: 'reason' | 'remark' | 'status', word: string, params: ErrorParams = {}): string {
  const key = `admin.saml.${table}.${word}`;
  try {
    const words = sentenceOf(t, key, params);
    return words === key ? word : words;
  } catch {
    return word;
  }
}

/** Why a message or metadata was refused. */
export const reasonInWords = (t: Translate, reason: string, params: ErrorParams = {}): string =>
  wordsFor(t, 'reason', reason, params);

/** What is wrong with a message: a reason, or the status that its sender would be told. */
export function wrongInWords(t: Translate, word: string): string {
  const reason = reasonInWords(t, word);
  return reason === word ? statusInWords(t, word) : reason;
}

/** What stood in metadata and is not used. */
export const remarkInWords = (t: Translate, remark: string): string => wordsFor(t, 'remark', remark);

/** What a service provider was told instead of an answer. */
export const statusInWords = (t: Translate, status: string): string => wordsFor(t, 'status', status);

/** What an administrator reads of a refusal: the exact reason, where people would only be told that it is one. */
export function problemInWords(t: Translate, { code, params }: { code: string; params: ErrorParams }): string {
  const { reason } = params;
  const isExact = code === 'saml_message_invalid' || code === 'metadata_invalid';
  return isExact && typeof reason === 'string' ? reasonInWords(t, reason, params) : messageFor(t, code, params);
}
