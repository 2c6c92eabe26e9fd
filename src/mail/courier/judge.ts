import type { Refusal } from './outcome.ts';

/** Longest `text` of an outcome, in UTF-16 units. */
const TEXT_MAX = 300;

/** A server's words as one line without control, format or private characters. */
export function cleaned(text: string): string {
  return text
    .slice(0, 4 * TEXT_MAX)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, TEXT_MAX)
    .replace(/\p{Cs}$/u, '');
}

/** What a reply says beside its codes; each of its lines begins with them. */
function wordsOf(response: string): string {
  const lines = response.slice(0, 8 * TEXT_MAX).split('\n');
  return cleaned(lines.map((line) => line.replace(/^\d{3}[ -]?(?:[245](?:\.\d{1,3}){2}(?=\s|$))?/u, '')).join(' '));
}

/** A refusal that no server worded: `code` names what happened. */
export const hostFails = (code: string, enhanced: string, text = ''): Refusal => ({
  kind: 'refused',
  fault: 'host',
  lasting: false,
  code,
  enhanced,
  text,
});

/** A message that this mailbox can never take, as we know ourselves. */
export const neverTaken = (code: string, enhanced: string): Refusal => ({
  kind: 'refused',
  fault: 'message',
  lasting: true,
  code,
  enhanced,
  text: '',
});

/** What stands for a failure of the connection (RFC 3463 §3.5, §3.8). */
const ENHANCED: Readonly<Record<string, string>> = {
  ECONNECTION: '4.4.2',
  EDNS: '4.4.3',
  ESOCKET: '4.4.1',
  ETIMEDOUT: '4.4.1',
  ETLS: '4.7.5',
  EAUTH: '4.7.8',
  EPROTOCOL: '4.5.0',
};

/** Too large a message, which some servers say as early as at MAIL (RFC 1870 §6.1). */
const isOfSize = (code: number, enhanced: string): boolean => code === 552 || enhanced === '5.3.4';

/**
 * What an error of the library says. What was answered at RCPT and DATA is the message's own, and so is a message that
 * is too large; everything else holds for all messages: it is the host's, and may be otherwise tomorrow. A 503 says
 * that the two sides have lost each other, not that the message is unwanted.
 */
export function judge(error: unknown): Refusal {
  const { code = '', command, responseCode, response } = error as Partial<Record<string, unknown>>;
  // A stream that fails is ours, which was asked for by the wrong reply.
  const named = code === 'ESTREAM' ? 'EPROTOCOL' : String(code);
  const kind = /^E[A-Z]{2,18}$/u.test(named) ? named : 'ECONNECTION';
  if (kind === 'EMESSAGE' && responseCode === undefined && command === 'MAIL FROM') return neverTaken('552', '5.3.4');
  const reply = typeof response === 'string' ? response : '';
  const digits = typeof responseCode === 'number' && responseCode >= 400 && responseCode < 600 ? responseCode : 0;
  if (digits === 0) return hostFails(kind, ENHANCED[kind] ?? '4.4.2', wordsOf(reply));
  const group = String(digits).slice(0, 1);
  const own = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/u.exec(reply)?.[1] ?? '';
  const enhanced = own.startsWith(group) ? own : `${group}.0.0`;
  const isOfMessage = command === 'RCPT TO' || command === 'DATA' || isOfSize(digits, enhanced);
  if (digits === 421 || !isOfMessage) return hostFails(`${kind} ${digits}`, enhanced, wordsOf(reply));
  const lasting = digits >= 500 && digits !== 503;
  return { kind: 'refused', fault: 'message', lasting, code: String(digits), enhanced, text: wordsOf(reply) };
}
