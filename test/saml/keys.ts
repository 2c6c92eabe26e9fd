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

/** Makes a key of that kind and a certificate for it with OpenSSL, valid for some days (or until some days ago). */
export function makeKey(kind: readonly string[] = ['rsa:2048'], days = '30'): TestKey {
  const folder = mkdtempSync(path.join(tmpdir(), 'aluco-key-'));
  const [key, request] = [path.join(folder, 'key.pem'), path.join(folder, 'request.pem')];
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
  openssl('req', '-newkey', ...kind, '-nodes', '-subj', '/CN=blog.example', '-keyout', key, '-out', request);
  const pem = openssl('x509', '-req', '-in', request, '-signkey', key, '-days', days);
  const privateKey = readFileSync(key, 'utf8');
  rmSync(folder, { recursive: true });
  return { privateKey, certificate: new X509Certificate(pem).raw.toString('base64'), pem };
}
