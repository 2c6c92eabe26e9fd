/** Why mail is not from whom an application's mail comes. The words for administrators: `admin.senders.reason.<code>`. */
export const REASONS = [
  /** From is missing, there twice, names nobody, several or a group, or is written so that readers could differ. */
  'from_unreadable',
  /** The domain in From is none the application is known to write from. */
  'unregistered_domain',
  /** It was handed over with the credential of another application. */
  'other_application',
  /** The mail server in front does not say who its client is, and nothing else proves the sender. */
  'client_hidden',
  /** No signature, and the domain does not name the machine as one of its own. */
  'unsigned',
  /** A signature of the domain is there, and is broken. */
  'signature_failed',
  /** A signature of the domain is there, but leaves the end of the message or its subject open (RFC 6376 §8.2, §8.15). */
  'signature_partial',
  /** The signatures that are there are of other domains. */
  'signature_other',
  /** A parent or sister domain signed or sent it, and the domain in From asks for exactly itself (RFC 7489 §3.1). */
  'alignment_strict',
  /** The domain says that this machine does not send for it (RFC 7208). */
  'spf_failed',
] as const;

export type Reason = (typeof REASONS)[number];

/** What proved the sender. */
export type Proof = 'submission' | 'network' | 'dkim' | 'spf';

/**
 * Whether a message is of the application whose profile it is for. `domain`: that of From, in A-labels; a stranger's
 * may be anything that is a domain name, and undefined where there is none to be read.
 */
export type Verdict =
  | { readonly kind: 'trusted'; readonly by: Proof; readonly domain: string }
  | { readonly kind: 'stranger'; readonly reason: Reason; readonly domain: string | undefined }
  /** DNS gave no answer, and nothing else decides: 451 4.7.5. */
  | { readonly kind: 'later' };
