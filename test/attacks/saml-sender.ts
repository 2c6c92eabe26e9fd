import { createSign } from 'node:crypto';
import type { ServiceProvider } from '../../src/applications/applications.ts';
import {
  SERVICE_PROVIDER_DEFAULTS,
  type ServiceProviderSettings,
} from '../../src/applications/service-provider-settings.ts';
import { walk } from '../application.ts';
import type { House } from '../house.ts';
import { addApplication, type PersonName } from '../people.ts';
import { makeKey, type TestKey } from '../saml/keys.ts';
import { handedOver, type Handed } from '../saml/real/going.ts';
import { packed, RSA_SHA256 } from '../saml/requests.ts';
import type { Page, Visitor } from '../visitor.ts';

const NAMES = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

type Asking = {
  id?: string;
  at?: number;
  attributes?: string;
  inside?: string;
  state?: string;
  signed?: boolean;
};

/** A service provider that writes its own messages, whatever they are to be. */
export type Sender = Awaited<ReturnType<typeof addSender>>;

let count = 0;

/** Registers one, as that of an application of its own. Nothing of it answers. */
export async function addSender(house: House, name: string, settings: Partial<ServiceProviderSettings> = {}) {
  const key: TestKey = makeKey();
  const origin = `https://${name.toLowerCase()}.example`;
  const application = await addApplication(house.parts, name, origin);
  const provider: ServiceProvider = await house.parts.applications.addServiceProvider(application.id, {
    ...SERVICE_PROVIDER_DEFAULTS,
    label: name,
    entityId: `${origin}/saml`,
    consumers: [{ url: `${origin}/acs`, index: 0, isDefault: true }],
    logout: [{ binding: 'redirect', url: `${origin}/slo` }],
    signingCertificates: [key.certificate],
    ...settings,
  });

  function message(
    kind: string,
    to: string,
    { id = `_${(count += 1)}`, at = Date.now(), attributes = '', inside = '' }: Asking,
  ): string {
    const instant = new Date(at).toISOString();
    return `<samlp:${kind} ${NAMES} ID="${id}" Version="2.0" IssueInstant="${instant}" Destination="${to}"${attributes}><saml:Issuer>${provider.entityId}</saml:Issuer>${inside}</samlp:${kind}>`;
  }

  function address(to: string, xml: string, { state, signed = true }: Asking): URL {
    const along = state === undefined ? '' : `&RelayState=${encodeURIComponent(state)}`;
    const octets = `SAMLRequest=${packed(xml)}${along}`;
    if (!signed) return new URL(`${to}?${octets}`);
    const said = `${octets}&SigAlg=${encodeURIComponent(RSA_SHA256)}`;
    const signature = createSign('sha256').update(said).sign(key.privateKey, 'base64');
    return new URL(`${to}?${said}&Signature=${encodeURIComponent(signature)}`);
  }

  const [signOn, signOff] = [`${house.url}/saml/sso`, `${house.url}/saml/slo`];
  return {
    application,
    provider,
    key,
    isHome: (url: URL) => url.origin === origin,
    /** The address that asks to sign somebody in. */
    ask: (asking: Asking = {}): URL => address(signOn, message('AuthnRequest', signOn, asking), asking),
    /** The address that asks to sign somebody out. */
    leave(nameId: string, sessionIndexes: readonly string[], asking: Asking = {}): URL {
      const indexes = sessionIndexes.map((index) => `<samlp:SessionIndex>${index}</samlp:SessionIndex>`).join('');
      const inside = `<saml:NameID>${nameId}</saml:NameID>${indexes}`;
      return address(signOff, message('LogoutRequest', signOff, { ...asking, inside }), asking);
    },
  };
}

/** Goes to an address of ours and through the pages, to the one that carries the answer. */
export async function comeIn(
  visitor: Visitor,
  sender: Sender,
  { person, profile, at = sender.ask() }: { person: PersonName; profile?: string; at?: URL | Page },
): Promise<Handed> {
  const first = at instanceof URL ? await visitor.get(at) : at;
  return handedOver(await walk(visitor, sender, first, { person, profile }));
}

/** What an answer calls the person and the session. */
export function toldIn({ xml }: Handed): { nameId: string; sessionIndex: string; inResponseTo: string } {
  const first = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
  return {
    nameId: first(/<saml:NameID [^>]*>([^<]*)</u),
    sessionIndex: first(/ SessionIndex="([^"]*)"/u),
    inResponseTo: first(/ InResponseTo="([^"]*)"/u),
  };
}
