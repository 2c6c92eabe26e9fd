import { isReturnAddress, type ServiceProviderSettings } from '../applications/applications.ts';
import { attributeOf, childrenNamed, NAMESPACES } from './document.ts';
import { refuseMetadata, shown } from './metadata-problem.ts';
import { BINDINGS } from './vocabulary.ts';

type Consumer = ServiceProviderSettings['consumers'][number];
type Logout = ServiceProviderSettings['logout'][number];

const MOST_CONSUMERS = 20;
const MOST_LOGOUTS = 4;

/**
 * An address we would send people to.
 * @throws {UserError} metadata_invalid: address_http, address_invalid.
 */
function addressOf(endpoint: Element, name: 'Location' | 'ResponseLocation'): string {
  const text = (attributeOf(endpoint, name) ?? '').trim();
  const isWeb = /^https?:/iu.test(text) && text.length <= 1000;
  // As the settings take it; schemes may be written in capitals (RFC 3986 §3.1).
  const address = text.replace(/^https?:/iu, (scheme) => scheme.toLowerCase());
  if (isWeb && isReturnAddress(address)) return address;
  const isPlain = URL.canParse(text) && new URL(text).protocol === 'http:';
  return refuseMetadata(isPlain ? 'address_http' : 'address_invalid', { address: shown(text) });
}

function indexOf(endpoint: Element): number | undefined {
  const text = attributeOf(endpoint, 'index');
  if (text === undefined) return undefined;
  const index = /^\d{1,5}$/u.test(text.trim()) ? Number(text) : Number.NaN;
  return index <= 65_535 ? index : refuseMetadata('consumer_index');
}

/** Which of the consumers is meant where a request names none (SAML Metadata §2.2.3). */
function defaultOf(flags: readonly (boolean | undefined)[]): number {
  const yes = flags.indexOf(true);
  return yes === -1 ? Math.max(0, flags.indexOf(undefined)) : yes;
}

const booleanOf = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : ['true', '1'].includes(text.trim());

/**
 * Where answers may be sent by HTTP POST. One without index, which must not be, gets the lowest free one; other bindings
 * (Artifact, PAOS) are left out and remarked.
 * @throws {UserError} metadata_invalid: no_consumer, consumer_index, address_http, address_invalid.
 */
export function consumersOf(role: Element, remark: (key: string) => void): Consumer[] {
  const all = childrenNamed(role, NAMESPACES.metadata, 'AssertionConsumerService');
  const usable = all.filter((endpoint) => attributeOf(endpoint, 'Binding') === BINDINGS.post);
  if (usable.length === 0) refuseMetadata('no_consumer');
  if (usable.length < all.length) remark('consumer_binding');
  const flags = usable.map((endpoint) => booleanOf(attributeOf(endpoint, 'isDefault')));
  const preferred = defaultOf(flags);
  const given = usable.map(indexOf);
  const taken = new Set(given.filter((index) => index !== undefined));
  if (taken.size < given.filter((index) => index !== undefined).length) refuseMetadata('consumer_index');
  const free = (): number => {
    let index = 0;
    while (taken.has(index)) index += 1;
    taken.add(index);
    return index;
  };
  const consumers = usable.map((endpoint, position) => ({
    url: addressOf(endpoint, 'Location'),
    index: given[position] ?? free(),
    isDefault: position === preferred,
  }));
  if (consumers.length <= MOST_CONSUMERS) return consumers;
  remark('consumers_many');
  const others = consumers.filter(({ isDefault }) => !isDefault).slice(0, MOST_CONSUMERS - 1);
  return consumers.filter((consumer) => consumer.isDefault || others.includes(consumer));
}

/**
 * Where logout messages are sent, by Redirect and POST; other bindings (SOAP, Artifact) are left out and remarked.
 * @throws {UserError} metadata_invalid: address_http, address_invalid.
 */
export function logoutOf(role: Element, remark: (key: string) => void): Logout[] {
  const all = childrenNamed(role, NAMESPACES.metadata, 'SingleLogoutService');
  const usable = all.flatMap((endpoint): Logout[] => {
    const uri = attributeOf(endpoint, 'Binding');
    const isRedirect = uri === BINDINGS.redirect;
    if (!isRedirect && uri !== BINDINGS.post) return [];
    const binding = isRedirect ? 'redirect' : 'post';
    const url = addressOf(endpoint, 'Location');
    const hasOther = attributeOf(endpoint, 'ResponseLocation') !== undefined;
    return [{ binding, url, ...(hasOther ? { responseUrl: addressOf(endpoint, 'ResponseLocation') } : {}) }];
  });
  if (usable.length < all.length) remark('logout_binding');
  if (usable.length > MOST_LOGOUTS) remark('logouts_many');
  return usable.slice(0, MOST_LOGOUTS);
}
