import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { X509Certificate } from 'node:crypto';

/** A key pair of a service provider in the tests. */
export type TestKey = {
  readonly privateKey: string;
  readonly certificate: string;
  /** The certificate in PEM. */
  readonly pem: string;
};

/** Makes a key and a certificate for it with OpenSSL; `expired` since the year 2001. */
export function makeKey(kind: readonly string[] = ['rsa:2048'], days = '30'): TestKey {
  const folder = mkdtempSync(path.join(tmpdir(), 'aluco-key-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const subject = ['-nodes', '-x509', '-subj', '/CN=sp.example', '-days', days];
  execFileSync('openssl', ['req', '-newkey', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  const pem = readFileSync(cert, 'utf8');
  const made = {
    privateKey: readFileSync(key, 'utf8'),
    certificate: new X509Certificate(pem).raw.toString('base64'),
    pem,
  };
  rmSync(folder, { recursive: true });
  return made;
}
