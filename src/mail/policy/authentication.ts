import { isDomainName } from '../../applications/applications.ts';
import type { DkimResult } from '../dkim/dkim.ts';
import type { SpfIdentity, SpfResult } from './spf.ts';

/** What was found out of a message. */
export type Found = {
  readonly isSubmitted: boolean;
  readonly signatures: readonly DkimResult[];
  readonly spf?: { readonly identity: SpfIdentity; readonly result: SpfResult } | undefined;
};

/** The text comes from the message: only what can stand in a header as it is, is shown. */
function signatureWords({ domain, selector, result }: DkimResult): string {
  const d = isDomainName(domain) ? ` header.d=${domain}` : '';
  const s = /^[\w.-]{1,100}$/u.test(selector) ? ` header.s=${selector}` : '';
  return `dkim=${result}${d}${s}`;
}

/** The results, in the words of Authentication-Results after the name of who found them (RFC 8601 §2.2). */
export function resultWords({ isSubmitted, signatures, spf }: Found): string {
  const words = [
    ...(isSubmitted ? ['auth=pass'] : []),
    ...signatures.map(signatureWords),
    ...(spf === undefined ? [] : [`spf=${spf.result} ${spf.identity.property}=${spf.identity.domain}`]),
  ];
  return words.length === 0 ? 'none' : words.join('; ');
}
