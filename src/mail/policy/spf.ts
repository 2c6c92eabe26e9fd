import type { Envelope } from '../arrival.ts';
import type { Dns, RecordKind } from '../dns.ts';
import { domainOf } from '../../applications/applications.ts';

const RESULTS = ['pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror'] as const;

/** What a domain says of the machine that sends for it (RFC 7208 §2.6). */
export type SpfResult = (typeof RESULTS)[number];

/** The name that SPF is asked about: that of MAIL FROM, or of HELO where the sender is null (RFC 7208 §2.4). */
export type SpfIdentity = { readonly property: 'smtp.mailfrom' | 'smtp.helo'; readonly domain: string };

/** How long one check may take, in milliseconds, and how many terms may ask DNS (RFC 7208 §4.6.4). */
const LONGEST = 3000;
const LOOKUPS_MAX = 10;
const VOID_MAX = 2;

/** Undefined where the name is no domain name: then there is nobody to ask. */
export function spfIdentity({ client, from }: Envelope): SpfIdentity | undefined {
  const domain = domainOf(from === '' ? client.name : from.slice(from.lastIndexOf('@') + 1));
  return domain === undefined ? undefined : { property: from === '' ? 'smtp.helo' : 'smtp.mailfrom', domain };
}

/**
 * Asks whether a domain lets this machine send for it, to the letter of RFC 7208: ten look-ups, two of them void, and a
 * limit of time. Never throws: what takes too long, or gets no answer, is `temperror`.
 */
export async function checkSpf({ client, from }: Envelope, dns: Pick<Dns, 'resolve'>): Promise<SpfResult> {
  // The library is large, and only needed where no signature decides.
  const { spf } = await import('mailauth/lib/spf/index.js');
  const { status } = await spf({
    sender: from,
    ip: client.address,
    helo: client.name,
    // The machine's own name would be shown to whoever writes `%{r}` into a record.
    mta: 'unknown',
    strict: true,
    maxResolveCount: LOOKUPS_MAX,
    maxVoidCount: VOID_MAX,
    maxElapsedTime: LONGEST,
    // It takes mail hosts as node:dns gives them, whatever its types say.
    resolver: (name: string, kind: string) => dns.resolve(name, kind as RecordKind) as Promise<string[]>,
  });
  return RESULTS.find((result) => result === status.result) ?? 'temperror';
}
