import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { samlPlaceOf, type SamlPlace } from '../src/applications/applications.ts';

const OPENSSL = 'openssl';

/** A certificate of its own, as OpenSSL makes it. */
function newCertificate(): { pem: string; fingerprint: string; fingerprintSha1: string } {
  const request = 'req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=id.example -keyout /dev/null'.split(' ');
  const pem = execFileSync(OPENSSL, request, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const { fingerprint256, fingerprint } = new X509Certificate(pem);
  return { pem, fingerprint: fingerprint256, fingerprintSha1: fingerprint };
}

let known: ReturnType<typeof newCertificate> | undefined;

/** An instance at this address as a SAML identity provider, with a certificate that nothing is signed with. */
export async function samlPlace(issuer: string): Promise<SamlPlace> {
  known ??= newCertificate();
  return Promise.resolve(
    samlPlaceOf({
      entityId: `${issuer}/saml/metadata`,
      metadataUrl: `${issuer}/saml/metadata`,
      ssoUrl: `${issuer}/saml/sso`,
      sloUrl: `${issuer}/saml/slo`,
      certificates: [
        { pem: 'the one that comes', fingerprint: '', fingerprintSha1: '', state: 'next' },
        { ...known, state: 'signing' },
      ],
    }),
  );
}
