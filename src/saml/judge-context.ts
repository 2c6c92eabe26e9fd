import type { Level } from '../journey/journey.ts';
import type { RequestedContexts } from './message-kinds.ts';

/** How strongly somebody is to be signed in, and what that is called in the answer. */
export type Context = {
  /** How strong the proof must be. */
  readonly level: Level;
  /** The authentication context class (URI) to answer with. */
  readonly contextClass: string;
  /** The class to answer with where there are two factors, if that is another one. */
  readonly strongClass?: string;
};

const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
const PROTECTED = `${CLASSES}PasswordProtectedTransport`;
const PASSWORD = `${CLASSES}Password`;
const UNSPECIFIED = `${CLASSES}unspecified`;
const SINGLE = 'https://refeds.org/profile/sfa';
const MULTI = 'https://refeds.org/profile/mfa';

/** What a sign-in here is, where no wish was said. */
export const USUAL: Context = { level: 1, contextClass: PROTECTED };

/** What one factor can be called here (SAML Authentication Context §3.4; REFEDS Single Factor Authentication Profile). */
const ONE: readonly string[] = [PROTECTED, PASSWORD, UNSPECIFIED, SINGLE];

/**
 * What two factors can be called: the profile of REFEDS, and the name that Microsoft's products ask for. Both say that
 * there are several and not which. The classes of SAML itself each name one method (a mobile contract, a smartcard, a
 * token in step with the time): which of ours it was is nobody's business (P1).
 */
const TWO: readonly string[] = [MULTI, 'http://schemas.microsoft.com/claims/multipleauthn'];

/** Less than a password over a protected connection. */
const WEAKER: readonly string[] = [PASSWORD, UNSPECIFIED, `${CLASSES}InternetProtocol`, `${CLASSES}PreviousSession`];

/** One factor, and no less than a password over a protected connection. */
const EQUAL: readonly string[] = [PROTECTED, SINGLE, `${CLASSES}InternetProtocolPassword`];

/** At least a password over a protected connection. */
const STRONG: readonly string[] = [
  ...EQUAL,
  ...[
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
  ...TWO,
];

/** One of these exactly, in their order of preference. */
function exactly(classes: readonly string[]): Context | undefined {
  const one = classes.find((name) => ONE.includes(name));
  const strong = classes.find((name) => ONE.includes(name) || TWO.includes(name));
  if (strong === undefined) return undefined;
  if (one === undefined) return { level: 2, contextClass: strong };
  return strong === one ? { level: 1, contextClass: one } : { level: 1, contextClass: one, strongClass: strong };
}

/** At least as strong as one of these. A class of REFEDS is answered by itself: whoever asks knows no other. */
function atLeast(classes: readonly string[]): Context | undefined {
  if (classes.some((name) => name !== SINGLE && ONE.includes(name))) return USUAL;
  return exactly(classes);
}

/** As strong as there is, and no stronger than one of these. */
function atMost(classes: readonly string[]): Context | undefined {
  const strongClass = classes.find((name) => TWO.includes(name));
  if (strongClass !== undefined) return { ...USUAL, strongClass };
  if (classes.some((name) => STRONG.includes(name))) return USUAL;
  return classes.includes(PASSWORD) ? { level: 1, contextClass: PASSWORD } : undefined;
}

/** Stronger than one of these. */
function better(classes: readonly string[]): Context | undefined {
  if (classes.some((name) => WEAKER.includes(name))) return USUAL;
  return classes.some((name) => EQUAL.includes(name)) ? { level: 2, contextClass: MULTI } : undefined;
}

const COMPARISONS = { exact: exactly, minimum: atLeast, maximum: atMost, better };

/**
 * How a sign-in answers what was asked for (SAML Core §3.3.2.2.1); undefined if none can, as when declarations are
 * asked for. Without a wish it is PasswordProtectedTransport, also for people who gave two factors: nobody is told more
 * than they asked (P1). Of a list that one factor meets as well as two, the weaker is enough.
 */
export function contextFor(contexts: RequestedContexts | undefined): Context | undefined {
  if (contexts === undefined) return USUAL;
  return contexts.declarations ? undefined : COMPARISONS[contexts.comparison](contexts.classes);
}
