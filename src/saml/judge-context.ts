import type { RequestedContexts } from './message-kinds.ts';

const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
/** What a sign-in here is, where no wish was said. */
export const USUAL_CONTEXT = `${CLASSES}PasswordProtectedTransport`;
const PASSWORD = `${CLASSES}Password`;
const UNSPECIFIED = `${CLASSES}unspecified`;

/** What a sign-in here can be called (SAML Authentication Context §3.4). */
const SERVED: readonly string[] = [USUAL_CONTEXT, PASSWORD, UNSPECIFIED];

/** Less than a password over a protected connection. */
const WEAKER: readonly string[] = [PASSWORD, UNSPECIFIED, `${CLASSES}InternetProtocol`, `${CLASSES}PreviousSession`];

/** At least a password over a protected connection. */
const STRONG: readonly string[] = [
  USUAL_CONTEXT,
  ...[
    'InternetProtocolPassword',
    'Kerberos',
    'MobileOneFactorContract',
    'MobileOneFactorUnregistered',
    'MobileTwoFactorContract',
    'MobileTwoFactorUnregistered',
    'PGP',
    'SecureRemotePassword',
    'Smartcard',
    'SmartcardPKI',
    'SoftwarePKI',
    'SPKI',
    'TimeSyncToken',
    'TLSClient',
    'X509',
    'XMLDSig',
  ].map((name) => `${CLASSES}${name}`),
  'https://refeds.org/profile/sfa',
  'https://refeds.org/profile/mfa',
];

/**
 * The class (URI) under which a sign-in here answers what was asked for (SAML Core §3.3.2.2.1); undefined if none does,
 * as when declarations are asked for. Without a wish it is PasswordProtectedTransport. With `exact` it is the first one
 * of the list, which is in order of preference, that we serve.
 */
export function contextClassFor(contexts: RequestedContexts | undefined): string | undefined {
  if (contexts === undefined) return USUAL_CONTEXT;
  const { classes, comparison, declarations } = contexts;
  if (declarations) return undefined;
  const has = (known: readonly string[]): boolean => classes.some((name) => known.includes(name));
  if (comparison === 'exact') return classes.find((name) => SERVED.includes(name));
  if (comparison === 'maximum' && !has(STRONG)) return has([PASSWORD]) ? PASSWORD : undefined;
  const isServed = comparison === 'maximum' || has(comparison === 'minimum' ? SERVED : WEAKER);
  return isServed ? USUAL_CONTEXT : undefined;
}
