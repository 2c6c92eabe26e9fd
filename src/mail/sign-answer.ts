import { sign, type MailKeyPair } from './dkim/dkim.ts';
import { readHead } from './head.ts';
import type { Message } from './spool/spool.ts';

type Needs = { keys: { current(): Promise<MailKeyPair> }; aliasDomain: string; now: () => number };

/** Signs an answer that was written here as it leaves: with either key (RFC 8463 §5), and nothing more is added. */
export function makeSignAnswer({ keys, aliasDomain, now }: Needs) {
  /** The header with its signatures on top. */
  return async function signAnswer({ head, meta }: Pick<Message, 'head' | 'meta'>): Promise<Buffer> {
    const { rsa, ed25519 } = await keys.current();
    const { fields } = readHead(head);
    const about = { domain: aliasDomain, at: now() };
    const signatures = await Promise.all([rsa, ed25519].map((key) => sign(fields, meta.bodyHash, key, about)));
    return Buffer.concat([...signatures.map(({ raw }) => Buffer.from(raw, 'latin1')), head]);
  };
}
