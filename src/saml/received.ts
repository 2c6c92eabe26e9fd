import { inflateRawSync } from 'node:zlib';
import { MESSAGE_BYTES } from './document.ts';
import { refuse } from './problem.ts';

/** A message as it came over one of the two bindings. */
export type Received = {
  readonly binding: 'redirect' | 'post';
  readonly field: 'SAMLRequest' | 'SAMLResponse';
  readonly xml: string;
  /** As it was sent, decoded once; empty is not the same as absent. */
  readonly relayState: string | undefined;
  /** The signature beside a message of the Redirect binding, and the octets it must be over. */
  readonly detached: { readonly algorithm: string; readonly signature: Buffer; readonly octets: string } | undefined;
};

/** The longest query of the Redirect binding that is read, in bytes: nearly what Node takes of headers altogether. */
const QUERY_BYTES = 12 * 1024;

/** The longest form of the POST binding, in bytes: the largest message in base64, with room for escapes. */
export const FORM_BYTES = 128 * 1024;

/**
 * The longest RelayState, in bytes. SAML Bindings §3.4.3 and §3.5.3 say 80, and the programs people run put whole
 * addresses in it; what is longer than any of those is refused.
 */
export const RELAY_STATE_BYTES = 1024;

const DEFLATE = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE';
const NAMES = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature', 'SAMLEncoding'] as const;
type Name = (typeof NAMES)[number];
const MOST_PARAMETERS = 50;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function toText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return refuse('encoding_invalid');
  }
}

function percentDecoded(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    // Escapes that are none, or bytes that are no UTF-8.
    return refuse('encoding_invalid');
  }
}

const formDecoded = (raw: string): string => percentDecoded(raw.replaceAll('+', '%20'));

/** The name a parameter is meant by, if it is one of ours, however it is escaped. */
function nameOf(raw: string): Name | undefined {
  const bare = raw.replaceAll('%', '') === raw ? raw : safelyDecoded(raw);
  return NAMES.find((name) => name === bare);
}

function safelyDecoded(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    // A name we could not even read is none of ours.
    return '';
  }
}

/** The raw values of our parameters; whatever stands beside them is passed over. */
function parametersOf(raw: string): ReadonlyMap<Name, string> {
  if (/[^\x21-\x7e]/.test(raw)) refuse('encoding_invalid');
  const pairs = raw.split('&', MOST_PARAMETERS + 1);
  if (pairs.length > MOST_PARAMETERS) refuse('parameters_invalid');
  const found = new Map<Name, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const [left, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const name = nameOf(left);
    if (name === undefined) continue;
    // Twice, or spelled in escapes: another program would take another one than we do.
    if (found.has(name) || left !== name) refuse('parameters_invalid');
    found.set(name, value);
  }
  return found;
}

/** Base64 without leniency, but for line breaks, which some programs put in. */
function fromBase64(text: string): Buffer {
  const plain = text.replace(/[ \t\r\n]/g, '');
  const bytes = Buffer.from(plain, 'base64');
  return plain !== '' && bytes.toString('base64') === plain ? bytes : refuse('encoding_invalid');
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MESSAGE_BYTES });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    return refuse(isLarge ? 'too_large' : 'encoding_invalid');
  }
}

function relayStateOf(raw: string | undefined): string | undefined {
  if (raw === undefined) return undefined;
  const text = formDecoded(raw);
  if (Buffer.byteLength(text) > RELAY_STATE_BYTES) refuse('relay_state_long');
  // A form cannot carry them back as they came: browsers write every end of a line in one way.
  return /[\0\r\n]/.test(text) ? refuse('encoding_invalid') : text;
}

function fieldOf(parameters: ReadonlyMap<Name, string>): { field: Received['field']; raw: string } {
  const request = parameters.get('SAMLRequest');
  const response = parameters.get('SAMLResponse');
  if (request !== undefined && response !== undefined) refuse('parameters_invalid');
  if (request !== undefined) return { field: 'SAMLRequest', raw: request };
  return response === undefined ? refuse('message_missing') : { field: 'SAMLResponse', raw: response };
}

/**
 * Reads a message of the Redirect binding (SAML Bindings §3.4.4). The octets of its signature are put together in the
 * prescribed order from the values exactly as they were sent, so escapes in lower case and parameters in another order
 * verify. A parameter of ours that stands twice or has escapes in its name is refused, and so are SAMLRequest beside
 * SAMLResponse, another encoding than DEFLATE, and one of Signature and SigAlg without the other.
 * @param rawQuery what follows the question mark, as received, never encoded anew.
 * @throws {UserError} saml_message_invalid: too_large, parameters_invalid, message_missing, encoding_invalid,
 * encoding_unsupported, relay_state_long, signature_incomplete.
 */
export function fromQuery(rawQuery: string): Received {
  if (rawQuery.length > QUERY_BYTES) refuse('too_large');
  const parameters = parametersOf(rawQuery);
  const { field, raw } = fieldOf(parameters);
  const encoding = parameters.get('SAMLEncoding');
  if (encoding !== undefined && formDecoded(encoding) !== DEFLATE) refuse('encoding_unsupported');

  const [rawState, rawAlgorithm, rawSignature] = [
    parameters.get('RelayState'),
    parameters.get('SigAlg'),
    parameters.get('Signature'),
  ];
  const relayState = relayStateOf(rawState);
  if ((rawAlgorithm === undefined) !== (rawSignature === undefined)) refuse('signature_incomplete');
  const state = rawState === undefined ? '' : `&RelayState=${rawState}`;
  const detached =
    rawAlgorithm === undefined || rawSignature === undefined
      ? undefined
      : {
          algorithm: formDecoded(rawAlgorithm),
          signature: fromBase64(percentDecoded(rawSignature)),
          octets: `${field}=${raw}${state}&SigAlg=${rawAlgorithm}`,
        };
  // A plus sign that somebody forgot to escape can only be one of base64.
  const xml = toText(inflated(fromBase64(percentDecoded(raw))));
  return { binding: 'redirect', field, xml, relayState, detached };
}

/** The first bytes of a document: a mark, white space or an opening tag. No packed one of one piece begins so. */
const PLAIN_STARTS: ReadonlySet<number | undefined> = new Set([0xef, 0x3c, 0x20, 0x09, 0x0a, 0x0d]);

/**
 * Reads a message of the POST binding (SAML Bindings §3.5.4). Its signature, if any, is inside it; one that stands
 * beside it is refused. One that is packed as for the Redirect binding is unpacked: the standard does not have that, and
 * node-saml and what is built on it do it unless told otherwise.
 * @param rawBody an application/x-www-form-urlencoded form, as received.
 * @throws {UserError} saml_message_invalid: too_large, parameters_invalid, message_missing, encoding_invalid,
 * relay_state_long, signature_place.
 */
export function fromForm(rawBody: string): Received {
  if (rawBody.length > FORM_BYTES) refuse('too_large');
  const parameters = parametersOf(rawBody);
  const { field, raw } = fieldOf(parameters);
  if (parameters.has('Signature') || parameters.has('SigAlg')) refuse('signature_place');
  const relayState = relayStateOf(parameters.get('RelayState'));
  const bytes = fromBase64(formDecoded(raw));
  if (bytes.length > MESSAGE_BYTES) refuse('too_large');
  const plain = PLAIN_STARTS.has(bytes[0]) ? bytes : inflated(bytes);
  return { binding: 'post', field, xml: toText(plain), relayState, detached: undefined };
}
