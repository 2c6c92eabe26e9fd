import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { sealMessage } from 'mailauth/lib/arc/index.js';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { makeBodyHashes } from '../../src/mail/dkim/body-hashes.ts';
import { signOctets } from '../../src/mail/dkim/crypto.ts';
import { publicRecord } from '../../src/mail/dkim/public-record.ts';
import { seal, sign } from '../../src/mail/dkim/sign.ts';
import type { MailKey } from '../../src/mail/dkim/verdict.ts';
import { makeVerifier } from '../../src/mail/dkim/verify.ts';
import { readHead } from '../../src/mail/head.ts';

type Note = (name: string, value: number, unit: string, aim?: string) => void;

const WARM_UP = 100;
const COUNT = 500;
/** So many are on their way at once, as a relay has them. */
const TOGETHER = 8;
const SELECTOR = 'bench';
const DOMAIN = 'masto.test';
const CHUNK = 65_536;

const HEAD = [
  'From: "Meadow" <notify@masto.test>',
  'To: k7f3@alias.test',
  'Subject: bruno wrote to you',
  'Date: Fri, 27 Nov 2026 10:00:00 +0000',
  'Message-ID: <1@masto.test>',
  'MIME-Version: 1.0',
  'Content-Type: text/html; charset=utf-8',
  'List-Unsubscribe: <https://masto.test/u/1>',
  '',
  '',
].join('\r\n');
const LINE = '    <td class="text">Bruno mentioned you in a  post about owls and other birds</td>\r\n';

async function measure(note: Note, name: string, work: () => Promise<unknown>): Promise<void> {
  const turn = (): Promise<unknown> => Promise.all(Array.from({ length: TOGETHER }, work));
  for (let done = 0; done < WARM_UP; done += TOGETHER) await turn();
  const before = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  for (; done < COUNT; done += TOGETHER) await turn();
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  note(name, (done / milliseconds) * 1000, 'per second');
  note(`${name}, CPU`, (user + system) / 1000 / done, 'CPU-ms');
}

function measureBodies(note: Note): void {
  const body = Buffer.from(LINE.repeat(120_000));
  const hash = (kind: 'simple' | 'relaxed'): void => {
    const hashes = makeBodyHashes([{ kind, limit: undefined }]);
    for (let at = 0; at < body.length; at += CHUNK) hashes.update(body.subarray(at, at + CHUNK));
    hashes.finish();
  };
  for (const kind of ['simple', 'relaxed'] as const) {
    hash(kind);
    const start = performance.now();
    hash(kind);
    note(`hash of a body in ${kind} form`, body.length / 1e3 / (performance.now() - start), 'MB/s');
  }
}

const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

/** What signatures of mail cost: ours and mailauth's, in one process, with DNS answered from memory. */
export async function measureDkim(note: Note): Promise<void> {
  measureBodies(note);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsa: MailKey = { selector: SELECTOR, algorithm: 'rsa-sha256', privateKey };
  const ed: MailKey = { ...rsa, algorithm: 'ed25519-sha256', privateKey: generateKeyPairSync('ed25519').privateKey };
  const record = publicRecord(privateKey, 'rsa-sha256');
  const dns = { txt: async () => [record] };
  const resolver = async () => [[record]];
  const theirs = { signingDomain: DOMAIN, selector: SELECTOR, privateKey: pem(privateKey) };
  const theirEd = { ...theirs, privateKey: pem(ed.privateKey) };
  const at = Date.now();
  const about = { domain: DOMAIN, at };
  await measure(note, 'RSA-2048 signature, nothing else', () =>
    signOctets('rsa-sha256', Buffer.alloc(1000), privateKey),
  );
  const authentication = 'dkim=pass header.d=masto.test';

  for (const size of [5000, 100_000]) {
    const body = Buffer.from(LINE.repeat(Math.ceil(size / LINE.length)).slice(0, size));
    const plain = Buffer.concat([Buffer.from(HEAD), body]);
    const { fields } = readHead(Buffer.from(HEAD));
    const unsigned = makeVerifier({ fields }, dns, Date.now);
    unsigned.update(body);
    const { bodyHash } = await unsigned.finish();
    const signature = await sign(fields, bodyHash, rsa, about);
    const head = Buffer.from(signature.raw + HEAD, 'latin1');
    const signed = Buffer.concat([head, body]);
    const title = (who: string, what: string): string => `${what}, ${size / 1000} kB, ${who}`;

    await measure(note, title('ours', 'verify'), async () => {
      const verifier = makeVerifier(readHead(head), dns, Date.now);
      verifier.update(body);
      const { signatures } = await verifier.finish();
      if (signatures[0]?.result !== 'pass') throw new Error('a good signature does not pass');
    });
    await measure(note, title('mailauth', 'verify'), () => dkimVerify(signed, { resolver }));
    await measure(note, title('ours', 'sign with RSA and Ed25519'), () => {
      const fresh = readHead(Buffer.from(HEAD)).fields;
      return Promise.all([rsa, ed].map((key) => sign(fresh, bodyHash, key, about)));
    });
    await measure(note, title('mailauth', 'sign with RSA and Ed25519'), () =>
      dkimSign(plain, { ...theirs, signatureData: [theirs, { ...theirEd, algorithm: 'ed25519-sha256' }] }),
    );
    await measure(note, title('ours', 'seal'), () =>
      seal(readHead(head).fields, bodyHash, rsa, {
        ...about,
        authservId: 'mx.alias.test',
        authentication,
        cv: 'none',
      }),
    );
    await measure(note, title('mailauth', 'seal'), () =>
      sealMessage(signed, { ...theirs, authResults: `mx.alias.test; ${authentication}`, cv: 'none' }),
    );
  }
}
