import { isMissing, type Dns } from '../dns.ts';
import type { DkimReason } from './verdict.ts';
import { readKeyRecord, type PublicKey } from './key-record.ts';
import type { SealTags } from './signature.ts';

/** So many keys stay read; DNS remembers for how long a record holds. */
const KEYS_MAX = 500;
/** So many records of one name are looked at (P8). */
const RECORDS_MAX = 4;

const keys = new Map<string, PublicKey | DkimReason>();

function read(record: string, algorithm: SealTags['algorithm']): PublicKey | DkimReason {
  const name = `${algorithm} ${record}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = readKeyRecord(record, algorithm);
  if (keys.size >= KEYS_MAX) keys.delete(keys.keys().next().value ?? '');
  keys.set(name, made);
  return made;
}

/** The key that a signature names (RFC 6376 §3.6.2), or why there is none. Never fails. */
export async function lookUpKey(
  dns: Pick<Dns, 'txt'>,
  { selector, domain, algorithm }: Pick<SealTags, 'selector' | 'domain' | 'algorithm'>,
): Promise<PublicKey | DkimReason> {
  try {
    const records = await dns.txt(`${selector}._domainkey.${domain}`);
    const found = records.slice(0, RECORDS_MAX).map((record) => read(record, algorithm));
    return found.find((key) => typeof key !== 'string') ?? found[0] ?? 'key';
  } catch (error) {
    return isMissing(error) ? 'key' : 'dns';
  }
}
