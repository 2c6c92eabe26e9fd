import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { ORIGIN, walk, type Face } from './faces.ts';
import { unescaped } from './forms.ts';
import type { SamlDoor } from './place.ts';
import type { Sights } from './sights.ts';

type SamlFace = Face & { readonly door: SamlDoor };

/** How a service provider asks. */
type Asking = { readonly forceAuthn?: boolean; readonly isPassive?: boolean; readonly isBrief?: boolean };

const TRANSIENT = '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"/>';

/** What applications that speak SAML do and hear. */
export function makeSamlActs(sights: Sights, now: () => number) {
  function requestOf({ provider }: SamlDoor, { forceAuthn, isPassive, isBrief }: Asking): string {
    const flags = `${forceAuthn === true ? ' ForceAuthn="true"' : ''}${isPassive === true ? ' IsPassive="1"' : ''}`;
    return (
      '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ' +
      'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ' +
      `ID="_${randomBytes(16).toString('hex')}" Version="2.0" ` +
      `IssueInstant="${new Date(now()).toISOString().slice(0, 19)}Z" Destination="${ORIGIN}/saml/sso"${flags}>` +
      `<saml:Issuer>${provider.entityId}</saml:Issuer>${isBrief === true ? TRANSIENT : ''}</samlp:AuthnRequest>`
    );
  }

  return {
    /** A request, and the answer where it comes to one. */
    async visit(face: SamlFace, asking: Asking = {}): Promise<boolean> {
      const message = deflateRawSync(requestOf(face.door, asking)).toString('base64');
      const first = await face.browser.get(`/saml/sso?SAMLRequest=${encodeURIComponent(message)}`);
      const page = await walk(face, first, now());
      const value = / name="SAMLResponse" value="([^"]*)"/u.exec(page.text)?.[1];
      if (value === undefined) return false;
      const xml = Buffer.from(unescaped(value), 'base64').toString();
      sights.addMessage(face.side, 'answer', xml);
      return xml.includes('<saml:Assertion');
    },
  };
}
