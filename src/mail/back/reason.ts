import type { MailBounce } from '../../accounts/accounts.ts';

/** Why a message was not kept by the host it was for: all that is ever said of it beside that host's own words. */
export type Reason = 'unknown' | 'full' | 'disabled' | 'large' | 'spam' | 'expired' | 'delayed' | 'other';

/** What a host said: the enhanced status code (RFC 3463; empty without one), and its words. */
export type Said = { readonly status: string; readonly text: string };

/** Longest text of another host that is kept, in UTF-16 units. */
export const TEXT_MAX = 300;

/** Subject and detail that are clear by themselves (RFC 3463 §3, RFC 5248, RFC 7505). */
const BY_CODE: Readonly<Record<string, Reason>> = {
  '1.1': 'unknown',
  '1.2': 'unknown',
  '1.3': 'unknown',
  '1.6': 'unknown',
  '1.10': 'unknown',
  '2.1': 'disabled',
  '2.2': 'full',
  '2.3': 'large',
  '3.1': 'full',
  '3.4': 'large',
  '4.7': 'expired',
};

/** What hosts say where their code says nothing clear, in the order in which they are tried. */
const BY_WORDS: readonly (readonly [RegExp, Reason])[] = [
  [/quota|mailbox (?:is )?full|over ?(?:its )?(?:size|storage)|insufficient (?:system )?storage/iu, 'full'],
  [/too (?:large|big)|message size|size limit|exceed(?:s|ed)? (?:the )?(?:maximum|max)/iu, 'large'],
  [/spam|junk|unsolicited|blocked|blacklist|blocklist|content rejected|virus|malware|phish|reputation/iu, 'spam'],
  [/disabled|suspended|deactivated|inactive|not active|locked/iu, 'disabled'],
  [/recipientnotfound|address rejected: access denied|doesn['’]t have an? /iu, 'unknown'],
  [
    /(?:unknown|no such|invalid|non-?existent) (?:local )?(?:user|recipient|mailbox|address|account|person)/iu,
    'unknown',
  ],
  [
    /(?:user|recipient|mailbox|address|account)\b.{0,80}\b(?:unknown|not found|not exist|no longer|invalid)/iu,
    'unknown',
  ],
  [/timed? ?out|expired|retry time|could not be delivered for/iu, 'expired'],
];

/**
 * Why a host refused a message for good, as far as its code and its words tell. A clear code counts more than words;
 * 5.7 says only that some policy was against it, and 5.0 nothing at all.
 */
export function reasonOf({ status, text }: Said): Reason {
  const code = /^[245]\.(\d{1,3}\.\d{1,3})$/u.exec(status)?.[1] ?? '';
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  // About the sender's address, the dialogue, or the form of the message.
  if (/^(?:1\.[78]|[56]\.\d+)$/u.test(code)) return 'other';
  const words = text.slice(0, TEXT_MAX);
  const said = BY_WORDS.find(([pattern]) => pattern.test(words))?.[1];
  const isPolicy = code.startsWith('7.');
  return said ?? (isPolicy ? 'spam' : 'other');
}

/** What a refusal says of the mailbox it was for. `lasting`: whether it is the last word on this message. */
export function bounceOf(reason: Reason, lasting: boolean): MailBounce {
  if (reason === 'unknown') return { lasting, kind: 'gone' };
  return { lasting, kind: reason === 'full' || reason === 'disabled' || reason === 'expired' ? 'mailbox' : 'message' };
}

/** The words of another host as they are kept, for the owner alone: one line, no control characters, not long. */
export function wordsOf(text: string): string {
  const line = text
    .slice(0, 4 * TEXT_MAX)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, ' ')
    .trim();
  return line.length <= TEXT_MAX ? line : `${line.slice(0, TEXT_MAX - 1)}…`;
}
