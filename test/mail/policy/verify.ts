import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import type { DkimResult } from '../../../src/mail/dkim/dkim.ts';
import type { Dns, RecordKind } from '../../../src/mail/dns.ts';
import type { Head } from '../../../src/mail/head.ts';

/** What became of a message's signatures, as mailauth finds it. */
export async function verify(head: Head, body: Buffer, dns: Dns): Promise<readonly DkimResult[]> {
  const text = `${head.fields.map(({ raw }) => raw).join('')}\r\n`;
  const { results } = await dkimVerify(Buffer.concat([Buffer.from(text, 'latin1'), body]), {
    resolver: (name: string, kind: string) => dns.resolve(name, kind as RecordKind) as Promise<string[][]>,
  });
  return results
    .filter(({ signingDomain }) => signingDomain !== undefined)
    .map(({ signingDomain = '', selector = '', status, canonBodyLengthLimited = false }) => ({
      domain: signingDomain,
      selector,
      result: status.result as DkimResult['result'],
      isLengthLimited: canonBodyLengthLimited,
    }));
}
