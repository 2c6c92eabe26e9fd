import { describe, expect, test } from 'vitest';
import { SERVICE_PROVIDER_DEFAULTS, type ServiceProvider } from '../../src/applications/applications.ts';
import { AHEAD, judgeAuthnRequest, OLDEST, type Judgement } from '../../src/saml/judge.ts';
import type { AuthnRequest, RequestedContexts } from '../../src/saml/message.ts';
import { BLOG, reasonOf, SSO } from './requests.ts';

const NOW = Date.parse('2026-11-27T09:00:00Z');
const ENTITY = 'https://aluco.example/saml/metadata';
const [FIRST, SECOND] = ['https://blog.example/acs/1', 'https://blog.example/acs/2'];
const FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';
const CLASS = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';

const blog: ServiceProvider = {
  ...SERVICE_PROVIDER_DEFAULTS,
  id: 'p1',
  applicationId: 'a1',
  label: 'Blog',
  entityId: BLOG,
  consumers: [
    { url: FIRST, index: 0, isDefault: false },
    { url: SECOND, index: 4, isDefault: true },
  ],
};

const plain: AuthnRequest = {
  kind: 'AuthnRequest',
  id: '_r1',
  issuer: BLOG,
  issueInstant: NOW,
  forceAuthn: false,
  isPassive: false,
  xml: '',
};

type Case = {
  request?: Partial<AuthnRequest>;
  signed?: boolean;
  provider?: Partial<ServiceProvider>;
  sendsAddress?: boolean;
};
const judge = ({ request, signed = false, provider, sendsAddress = true }: Case = {}): Judgement =>
  judgeAuthnRequest(
    { ...plain, ...request },
    signed,
    { ...blog, ...provider },
    { now: NOW, destination: SSO, entityId: ENTITY, sendsAddress },
  );
const reason = (input: Case): string => reasonOf(() => judge(input));

describe('the answer to a sign-in request', () => {
  test('goes to the address of the settings that is asked for, else the one marked, else the first', () => {
    expect(judge()).toEqual({
      consumer: SECOND,
      nameId: 'persistent',
      level: 1,
      contextClass: `${CLASS}PasswordProtectedTransport`,
    });
    expect(judge({ request: { consumerUrl: FIRST } }).consumer).toBe(FIRST);
    expect(judge({ request: { consumerIndex: 0 } }).consumer).toBe(FIRST);
    expect(judge({ request: { consumerIndex: 4 } }).consumer).toBe(SECOND);
    const consumers = blog.consumers.map((consumer) => ({ ...consumer, isDefault: false }));
    expect(judge({ provider: { consumers } }).consumer).toBe(FIRST);
  });

  test('goes by POST', () => {
    const binding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-';
    expect(reason({ request: { protocolBinding: `${binding}POST` } })).toBe('taken');
    expect(reason({ request: { protocolBinding: `${binding}Artifact` } })).toBe('binding_unsupported');
    expect(reason({ request: { protocolBinding: '' } })).toBe('binding_unsupported');
  });

  test('goes nowhere from a request that is old, or from a day to come', () => {
    expect(reason({ request: { issueInstant: NOW - OLDEST } })).toBe('taken');
    expect(reason({ request: { issueInstant: NOW - OLDEST - 1 } })).toBe('stale');
    expect(reason({ request: { issueInstant: NOW + AHEAD } })).toBe('taken');
    expect(reason({ request: { issueInstant: NOW + AHEAD + 1 } })).toBe('early');
  });

  test('goes nowhere from a request that was meant for another server', () => {
    expect(reason({ request: { destination: SSO } })).toBe('taken');
    expect(reason({ request: { destination: `${SSO}/` } })).toBe('destination_wrong');
    expect(reason({ request: { destination: '' } })).toBe('destination_wrong');
    expect(reason({ request: { destination: SSO }, signed: true })).toBe('taken');
    expect(reason({ signed: true })).toBe('destination_missing');
  });
});

describe('the NameID of the answer', () => {
  const asked = (format: string | undefined, provider?: Partial<ServiceProvider>): unknown => {
    const nameIdPolicy = format === undefined ? {} : { format };
    const { nameId, status } = judge({ request: { nameIdPolicy }, ...(provider && { provider }) });
    return status ?? nameId;
  };

  test('is the one that is asked for, if we have it', () => {
    expect(asked(`${FORMAT}persistent`)).toBe('persistent');
    expect(asked(`${FORMAT}transient`)).toBe('transient');
    expect(asked('urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress')).toBe('emailAddress');
    expect(asked(`${FORMAT}kerberos`)).toBe('InvalidNameIDPolicy');
    expect(asked(`${FORMAT}encrypted`)).toBe('InvalidNameIDPolicy');
    expect(asked('')).toBe('InvalidNameIDPolicy');
  });

  test('is that of the settings where none is asked for, or where they say so', () => {
    const provider = { nameId: 'transient' } as const;
    expect(asked(undefined, provider)).toBe('transient');
    expect(asked('urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified', provider)).toBe('transient');
    expect(asked(`${FORMAT}persistent`, { ...provider, nameIdFixed: true })).toBe('transient');
    expect(asked(`${FORMAT}kerberos`, { ...provider, nameIdFixed: true })).toBe('transient');
  });

  test('is no address where the application is told none', () => {
    const nameIdPolicy = { format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' };
    const provider = { nameId: 'emailAddress' } as const;
    expect(judge({ request: { nameIdPolicy }, sendsAddress: false }).status).toBe('InvalidNameIDPolicy');
    expect(judge({ provider, sendsAddress: false }).status).toBe('InvalidNameIDPolicy');
    expect(judge({ provider }).status).toBeUndefined();
    expect(judge({ sendsAddress: false }).status).toBeUndefined();
  });

  test('is never one for another service provider', () => {
    const qualified = (spNameQualifier: string): unknown =>
      judge({ request: { nameIdPolicy: { spNameQualifier } } }).status;
    expect(qualified(BLOG)).toBeUndefined();
    expect(qualified('https://other.example/')).toBe('InvalidNameIDPolicy');
  });
});

describe('how strongly people are signed in', () => {
  const context = (comparison: RequestedContexts['comparison'], ...names: string[]): string => {
    const classes = names.map((name) => (name.includes(':') ? name : `${CLASS}${name}`));
    const judged = judge({ request: { contexts: { comparison, classes, declarations: false } } });
    if (judged.status !== undefined) return judged.status;
    const [first = '', ...more] = [judged.contextClass, judged.strongClass ?? []].flat().map(short);
    return [judged.level === 2 ? `two factors: ${first}` : first, ...more].join(', with two: ');
  };
  const short = (name: string): string => name.replace(CLASS, '').replace('https://refeds.org/profile/', '');
  const [SFA, MFA] = ['https://refeds.org/profile/sfa', 'https://refeds.org/profile/mfa'];
  const MULTIPLE = 'http://schemas.microsoft.com/claims/multipleauthn';

  test('is exactly as asked', () => {
    expect(context('exact', 'PasswordProtectedTransport')).toBe('PasswordProtectedTransport');
    expect(context('exact', 'Password')).toBe('Password');
    expect(context('exact', 'unspecified')).toBe('unspecified');
    expect(context('exact', 'X509', 'PasswordProtectedTransport', 'Password')).toBe('PasswordProtectedTransport');
    expect(context('exact', 'X509')).toBe('NoAuthnContext');
    expect(context('exact', 'urn:x')).toBe('NoAuthnContext');
    expect(context('exact')).toBe('NoAuthnContext');
    expect(context('exact', SFA)).toBe('sfa');
    expect(context('exact', MFA)).toBe('two factors: mfa');
    expect(context('exact', MULTIPLE, MFA)).toBe(`two factors: ${MULTIPLE}`);
    expect(context('exact', 'MobileTwoFactorContract', MFA)).toBe('two factors: mfa');
    // One of several is enough: the first that was reached.
    expect(context('exact', MFA, 'PasswordProtectedTransport')).toBe('PasswordProtectedTransport, with two: mfa');
    expect(context('exact', 'PasswordProtectedTransport', MFA)).toBe('PasswordProtectedTransport');
    // One method by its name is none of ours, whatever people use.
    for (const name of ['MobileTwoFactorContract', 'TimeSyncToken', 'Smartcard']) {
      expect(context('exact', name)).toBe('NoAuthnContext');
    }
  });

  test('is at least as asked', () => {
    expect(context('minimum', 'Password')).toBe('PasswordProtectedTransport');
    expect(context('minimum', 'unspecified', 'X509')).toBe('PasswordProtectedTransport');
    expect(context('minimum', 'TimeSyncToken')).toBe('NoAuthnContext');
    expect(context('minimum', MFA)).toBe('two factors: mfa');
    expect(context('minimum', SFA)).toBe('sfa');
    expect(context('minimum', MFA, 'Password')).toBe('PasswordProtectedTransport');
    expect(context('minimum', 'X509', MULTIPLE)).toBe(`two factors: ${MULTIPLE}`);
  });

  test('is at most as asked', () => {
    expect(context('maximum', 'Password')).toBe('Password');
    expect(context('maximum', 'PasswordProtectedTransport')).toBe('PasswordProtectedTransport');
    expect(context('maximum', 'SmartcardPKI')).toBe('PasswordProtectedTransport');
    expect(context('maximum', MFA)).toBe('PasswordProtectedTransport, with two: mfa');
    expect(context('maximum', SFA)).toBe('PasswordProtectedTransport');
    expect(context('maximum', 'InternetProtocol')).toBe('NoAuthnContext');
    expect(context('maximum', 'urn:x')).toBe('NoAuthnContext');
  });

  test('is better than what is asked for', () => {
    expect(context('better', 'Password')).toBe('PasswordProtectedTransport');
    expect(context('better', 'InternetProtocol')).toBe('PasswordProtectedTransport');
    expect(context('better', 'PasswordProtectedTransport')).toBe('two factors: mfa');
    expect(context('better', SFA)).toBe('two factors: mfa');
    expect(context('better', MFA)).toBe('NoAuthnContext');
    expect(context('better', 'X509')).toBe('NoAuthnContext');
    expect(context('better', 'urn:x')).toBe('NoAuthnContext');
  });

  test('is not told by declarations', () => {
    const contexts = { comparison: 'exact', classes: [`${CLASS}Password`], declarations: true } as const;
    expect(judge({ request: { contexts } }).status).toBe('NoAuthnContext');
  });
});

describe('whom a request is about', () => {
  test('is named by a NameID of ours, persistent or of no said format', () => {
    expect(judge({ request: { subject: { value: 'owl' } } })).toMatchObject({ subject: 'owl' });
    const persistent = { value: 'owl', format: `${FORMAT}persistent`, spNameQualifier: BLOG };
    expect(judge({ request: { subject: persistent } })).not.toHaveProperty('status');
    for (const subject of [
      'unsupported' as const,
      { value: 'owl', format: `${FORMAT}transient` },
      { value: 'owl', format: 'urn:x' },
      { value: 'owl', spNameQualifier: 'https://other.example/' },
    ])
      expect(judge({ request: { subject } }).status).toBe('RequestUnsupported');
    // Where they are called by the name of their profile, nobody could be found by what the request says.
    for (const nameId of ['unspecified', 'emailAddress', 'transient'] as const)
      expect(judge({ request: { subject: { value: 'owl' } }, provider: { nameId } }).status).toBe('RequestUnsupported');
  });

  test('is asked of us, or of nobody in particular', () => {
    expect(judge({ request: { providers: ['urn:x', ENTITY] } })).not.toHaveProperty('status');
    expect(judge({ request: { providers: ['urn:x'] } }).status).toBe('RequestUnsupported');
  });
});
