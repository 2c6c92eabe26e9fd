import { LONGEST_PASSWORD } from './digest-work.ts';
import type { HashRecord, Secrets } from './record.ts';
import { preparationOf, schemeOf } from './registry.ts';

/**
 * Whether a password is the one behind a record. The same work is done whatever comes out. An empty one is never right,
 * nor one that is longer than 1,024 characters.
 */
export async function matches(record: HashRecord, password: string, secrets: Secrets): Promise<boolean> {
  const scheme = schemeOf(record);
  const isFit = password !== '' && password.length <= LONGEST_PASSWORD;
  const text = isFit ? password : '';
  const forms = (await preparationOf(record)?.(text, record, secrets)) ?? [Buffer.from(text)];
  let isRight = false;
  for (const form of forms) isRight = (await scheme.verify(record, form)) || isRight;
  return isRight && isFit;
}
