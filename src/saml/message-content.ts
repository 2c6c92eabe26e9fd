import { attributeOf, childNamed, childrenNamed, childrenOf, isNamed, NAMESPACES, textOf } from './document.ts';
import { refuse } from './problem.ts';
import { isNcName } from './well-formed.ts';
import type {
  AuthnRequest,
  Common,
  LogoutRequest,
  LogoutResponse,
  NameId,
  RequestedContexts,
} from './message-kinds.ts';

const { assertion, protocol } = NAMESPACES;
const MOST = { name: 1024, id: 256, sessionIndex: 256, address: 2048, sessionIndexes: 50, classes: 20, providers: 50 };
const ENTITY_FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity';
const INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;
const COMPARISONS = ['exact', 'minimum', 'maximum', 'better'] as const;

/** The fields that are there: what a message does not say has no key. */
function said<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function attribute(element: Element, name: string, most = MOST.address): string | undefined {
  const value = attributeOf(element, name);
  return value !== undefined && value.length > most ? refuse('too_long') : value;
}

function idOf(element: Element, name: string): string | undefined {
  const value = attribute(element, name, MOST.id);
  return value === undefined || isNcName(value) ? value : refuse('id_invalid');
}

/** An xs:dateTime in UTC (SAML Core §1.3.3), in milliseconds; finer fractions are cut off. */
function instantOf(element: Element, name: string): number | undefined {
  const text = attribute(element, name, MOST.id)?.trim();
  if (text === undefined) return undefined;
  if (!INSTANT.test(text)) refuse('instant_invalid');
  const instant = Date.parse(text.replace(/(\.\d{3})\d+Z$/, '$1Z'));
  // The thirtieth of February would be read as a day of March.
  const isDay = !Number.isNaN(instant) && new Date(instant).toISOString().slice(0, 10) === text.slice(0, 10);
  return isDay ? instant : refuse('instant_invalid');
}

function booleanOf(element: Element, name: string): boolean | undefined {
  const text = attribute(element, name);
  if (text === undefined) return undefined;
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : refuse('structure');
}

function nameIdOf(element: Element): NameId {
  const value = textOf(element, MOST.name);
  if (value === '') refuse('structure');
  return {
    value,
    ...said({
      format: attribute(element, 'Format'),
      nameQualifier: attribute(element, 'NameQualifier'),
      spNameQualifier: attribute(element, 'SPNameQualifier'),
    }),
  };
}

/**
 * The entity ID that a message says it is from. It stands first, and once.
 * @throws {UserError} saml_message_invalid: issuer_invalid.
 */
export function issuerOf(root: Element): string {
  const [issuer] = childrenOf(root);
  const [, second] = childrenNamed(root, assertion, 'Issuer');
  if (issuer === undefined || second !== undefined || !isNamed(issuer, assertion, 'Issuer')) refuse('issuer_invalid');
  if ((attributeOf(issuer, 'Format') ?? ENTITY_FORMAT) !== ENTITY_FORMAT) refuse('issuer_invalid');
  const value = textOf(issuer, MOST.name);
  return value === '' ? refuse('issuer_invalid') : value;
}

function commonOf(root: Element, xml: string): Common {
  return {
    id: idOf(root, 'ID') ?? refuse('id_invalid'),
    issuer: issuerOf(root),
    issueInstant: instantOf(root, 'IssueInstant') ?? refuse('instant_invalid'),
    ...said({ destination: attribute(root, 'Destination') }),
    xml,
  };
}

function policyOf(element: Element): NonNullable<AuthnRequest['nameIdPolicy']> {
  return said({
    format: attribute(element, 'Format'),
    spNameQualifier: attribute(element, 'SPNameQualifier'),
    allowCreate: booleanOf(element, 'AllowCreate'),
  });
}

function contextsOf(element: Element): RequestedContexts {
  const asked = attribute(element, 'Comparison') ?? 'exact';
  const comparison = COMPARISONS.find((known) => known === asked) ?? refuse('structure');
  const classes = childrenNamed(element, assertion, 'AuthnContextClassRef');
  if (classes.length > MOST.classes) refuse('too_long');
  return {
    comparison,
    classes: classes.map((each) => textOf(each, MOST.address)),
    declarations: childrenNamed(element, assertion, 'AuthnContextDeclRef').length > 0,
  };
}

function subjectOf(element: Element): NameId | 'unsupported' {
  const [only, second] = childrenOf(element);
  if (only === undefined || second !== undefined || !isNamed(only, assertion, 'NameID')) return 'unsupported';
  return nameIdOf(only);
}

function providersOf(scoping: Element): string[] | undefined {
  const list = childNamed(scoping, protocol, 'IDPList');
  if (list === undefined) return undefined;
  const entries = childrenNamed(list, protocol, 'IDPEntry');
  if (entries.length > MOST.providers) refuse('too_long');
  return entries.map((entry) => attribute(entry, 'ProviderID') ?? refuse('structure'));
}

function indexOf(root: Element): number | undefined {
  const text = attribute(root, 'AssertionConsumerServiceIndex');
  if (text === undefined) return undefined;
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : refuse('consumer_index');
}

/** The values of an AuthnRequest. Extensions, Conditions and what else it may hold are passed over. */
export function readAuthnRequest(root: Element, xml: string): AuthnRequest {
  const child = <T>(namespace: string, name: string, read: (element: Element) => T): T | undefined => {
    const element = childNamed(root, namespace, name);
    return element === undefined ? undefined : read(element);
  };
  return {
    kind: 'AuthnRequest',
    ...commonOf(root, xml),
    forceAuthn: booleanOf(root, 'ForceAuthn') ?? false,
    isPassive: booleanOf(root, 'IsPassive') ?? false,
    ...said({
      consumerUrl: attribute(root, 'AssertionConsumerServiceURL'),
      consumerIndex: indexOf(root),
      protocolBinding: attribute(root, 'ProtocolBinding'),
      nameIdPolicy: child(protocol, 'NameIDPolicy', policyOf),
      contexts: child(protocol, 'RequestedAuthnContext', contextsOf),
      subject: child(assertion, 'Subject', subjectOf),
      providers: child(protocol, 'Scoping', providersOf),
    }),
  };
}

/** The values of a LogoutRequest. */
export function readLogoutRequest(root: Element, xml: string): LogoutRequest {
  const names = ['NameID', 'EncryptedID', 'BaseID'].flatMap((name) => childrenNamed(root, assertion, name));
  const [name, second] = names;
  if (name === undefined || second !== undefined) refuse('structure');
  const indexes = childrenNamed(root, protocol, 'SessionIndex');
  if (indexes.length > MOST.sessionIndexes) refuse('too_long');
  return {
    kind: 'LogoutRequest',
    ...commonOf(root, xml),
    ...said({ notOnOrAfter: instantOf(root, 'NotOnOrAfter') }),
    nameId: name.localName === 'NameID' ? nameIdOf(name) : undefined,
    sessionIndexes: indexes.map((index) => textOf(index, MOST.sessionIndex)),
  };
}

function statusCodesOf(parent: Element): string[] {
  const code = childNamed(parent, protocol, 'StatusCode');
  if (code === undefined) return [];
  return [attribute(code, 'Value') ?? refuse('structure'), ...statusCodesOf(code)];
}

/** The values of a LogoutResponse. */
export function readLogoutResponse(root: Element, xml: string): LogoutResponse {
  const statusCodes = statusCodesOf(childNamed(root, protocol, 'Status') ?? refuse('structure'));
  if (statusCodes.length === 0) refuse('structure');
  return {
    kind: 'LogoutResponse',
    ...commonOf(root, xml),
    ...said({ inResponseTo: idOf(root, 'InResponseTo') }),
    statusCodes,
  };
}
