import { expect, test } from 'vitest';
import { APPLICATION_DEFAULTS, CLIENT_DEFAULTS, checkName, RULE_PRESETS } from '../../src/applications/applications.ts';
import { checkClient } from '../../src/applications/client-settings.ts';
import { checkApplication } from '../../src/applications/settings.ts';
import { SettingsProblem, UserError } from '../../src/errors.ts';

const application = { ...APPLICATION_DEFAULTS, name: 'Blog', homeUrl: 'https://blog.example' };
const client = { ...CLIENT_DEFAULTS, label: 'Web', redirectUris: ['https://blog.example/callback'] };

function problemsOf(check: () => unknown): string[] {
  try {
    check();
  } catch (error) {
    if (error instanceof SettingsProblem) return error.fields.map(({ field, code }) => `${field} ${code}`);
    throw error;
  }
  return [];
}

function refusal(name: string, preset: keyof typeof RULE_PRESETS): string {
  try {
    checkName(name, RULE_PRESETS[preset]);
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
  return 'accepted';
}

test('a new application lets nobody in until somebody says who', () => {
  expect(checkApplication(application).entry).toEqual({ kind: 'nobody' });
});

test.each([
  [{ homeUrl: 'javascript:alert(1)' }, 'homeUrl url_invalid'],
  [{ name: '  ' }, 'name application_name_required'],
  [{ quota: -1 }, 'quota quota_invalid'],
  [{ quota: 1.5 }, 'quota quota_invalid'],
  [{ policy: 'anything' }, 'policy policy_not_offered'],
  [{ entry: { kind: 'all' } }, 'entry choice_required'],
  [{ senderDomains: ['not a domain'] }, 'senderDomains domain_invalid'],
  [{ iconUrl: 'https://tracker.example/icon.png' }, 'iconUrl icon_invalid'],
  [{ iconUrl: 'data:text/html;base64,AAAA' }, 'iconUrl icon_invalid'],
  [{ rule: { ...RULE_PRESETS.fediverse, pattern: '(' } }, 'rule pattern_invalid'],
  [{ rule: { ...RULE_PRESETS.fediverse, min: 9, max: 3 } }, 'rule pattern_invalid'],
])('settings %j of an application are refused', (change, problem) => {
  expect(problemsOf(() => checkApplication({ ...application, ...change }))).toEqual([problem]);
});

test.each([
  'http://blog.example/callback',
  'https://blog.example/callback#fragment',
  'https://user:password@blog.example/callback',
  'javascript:alert(1)',
  'data:text/html,x',
  'myapp:/callback',
  'https://blog.example/call back',
  'https://blog.example\\@evil.example/',
  '/callback',
])('A05 the return address %s is refused at registration', (uri) => {
  expect(problemsOf(() => checkClient({ ...client, redirectUris: [uri] }))).toEqual([
    'redirectUris redirect_uri_invalid',
  ]);
});

test.each([
  'https://blog.example/callback?from=aluco',
  'http://127.0.0.1:9000/cb',
  'http://[::1]/cb',
  'org.example.app:/cb',
])('the return address %s is taken', (uri) => {
  expect(problemsOf(() => checkClient({ ...client, redirectUris: [uri] }))).toEqual([]);
});

test('a client without a secret cannot do without PKCE', () => {
  expect(problemsOf(() => checkClient({ ...client, authMethod: 'none', pkce: 'optional' }))).toEqual([
    'pkce pkce_required',
  ]);
});

test('a client with keys names them once, and never a private one', () => {
  const jwks = { keys: [{ kty: 'RSA', n: 'AQ', e: 'AQAB' }] };
  const withKeys = { ...client, authMethod: 'private_key_jwt' };
  expect(problemsOf(() => checkClient({ ...withKeys, jwks }))).toEqual([]);
  expect(problemsOf(() => checkClient(withKeys))).toEqual(['jwks jwks_invalid']);
  expect(problemsOf(() => checkClient({ ...withKeys, jwks, jwksUri: 'https://blog.example/keys' }))).toEqual([
    'jwks jwks_invalid',
  ]);
  expect(problemsOf(() => checkClient({ ...withKeys, jwks: { keys: [{ ...jwks.keys[0], d: 'AQ' }] } }))).toEqual([
    'jwks jwks_invalid',
  ]);
});

test.each([
  ['alice', 'fediverse', 'accepted'],
  ['al_ice', 'fediverse', 'accepted'],
  ['a_l_ice', 'fediverse', 'name_pattern'],
  ['alice_', 'fediverse', 'name_pattern'],
  ['Alice', 'fediverse', 'name_pattern'],
  ['1alice', 'fediverse', 'name_pattern'],
  ['al', 'fediverse', 'name_too_short'],
  ['a'.repeat(21), 'fediverse', 'name_too_long'],
  ['', 'fediverse', 'name_required'],
  ['a'.repeat(100_000), 'fediverse', 'name_too_long'],
  ['Alice_B', 'mastodon', 'accepted'],
  ['al.ice', 'mastodon', 'name_pattern'],
  ['al.ice', 'pixelfed', 'accepted'],
  ['al.i-ce', 'pixelfed', 'name_pattern'],
  ['alice-b', 'blog', 'accepted'],
  ['_alice', 'matrix', 'name_pattern'],
  ['postmaster', 'mastodon', 'name_reserved'],
  ['P0stmaster', 'mastodon', 'name_reserved'],
  ['Adm1n', 'mastodon', 'name_reserved'],
] as const)('the name "%.20s" under the rule of %s is %s', (name, preset, outcome) => {
  expect(refusal(name, preset)).toBe(outcome);
});

test('a pattern that takes other engines for ever is answered at once', () => {
  const slow = { preset: 'own', pattern: '(a+)+b', min: 1, max: 64, reserved: [] };
  expect(() => checkName('a'.repeat(64), slow)).toThrow('name_pattern');
});

test('a reserved name too long is told of the reserved names, not of the pattern', () => {
  const rule = { ...APPLICATION_DEFAULTS.rule, reserved: ['root', 'x'.repeat(65)] };
  expect(problemsOf(() => checkApplication({ ...application, rule }))).toEqual(['reserved reserved_names_invalid']);
});
