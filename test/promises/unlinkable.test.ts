import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Parts } from '../../src/parts.ts';
import { PEOPLE } from '../people.ts';
import { playLife, type World } from './life.ts';
import { findLinks, lengthsOf } from './linking.ts';
import type { Record, Side } from './seen.ts';

type Life = Awaited<ReturnType<typeof playLife>>;

function sourcesOf({ record }: Life, side: Side): Set<string> {
  return new Set(record.seen.filter((entry) => entry.side === side).map(({ source }) => source));
}

/** In which moments a side was told an exact time of signing in. */
function exactTimes({ seen }: Record, side: Side): Set<string> {
  const times = seen.filter(
    (entry) => entry.side === side && /(?:auth_time|AuthnInstant(?:\[\])?)$/u.test(entry.field),
  );
  return new Set(times.filter(({ value }) => Number(value) % 600 !== 0).map(({ moment }) => moment));
}

const SAML_SOURCES = new Set([
  'form',
  'answer',
  'decrypted',
  'logout answer',
  'logout answer address',
  'logout request',
  'logout request address',
]);

const SOURCES = new Set([
  'authorization answer',
  'token answer',
  'ID token header',
  'ID token',
  'userinfo',
  'introspection of access token',
  'introspection of refresh token',
  'logout token header',
  'logout token',
  'refused refresh',
]);

/** The pauses between "sign out everywhere" and each application's logout token, in seconds. */
function pausesOf({ seen, ended }: Record): number[] {
  return seen
    .filter(
      ({ moment, source, field }) => moment === 'signed out everywhere' && source === 'logout token' && field === 'iat',
    )
    .map(({ side, value }) => Number(value) - ended[side]);
}

describe.each([
  ['at two applications', 'two'],
  ['at one application', 'one'],
] as const)('the profiles of one person %s', (_where, applications) => {
  let alix: Life;
  let alixAndBruno: Life;
  beforeAll(async () => {
    alix = await playLife({ people: 'one', applications });
    alixAndBruno = await playLife({ people: 'two', applications });
  });

  test('share nothing that an application receives', () => {
    expect(findLinks(alix.record, alix.knowledge)).toEqual([]);
    expect(findLinks(alixAndBruno.record, alixAndBruno.knowledge)).toEqual([]);
  });

  test('look like those of two people', () => {
    expect([...alix.record.shape].toSorted()).toEqual([...alixAndBruno.record.shape].toSorted());
    // Every kind of answer came to both, or there would be nothing to compare.
    for (const side of ['first', 'second'] as const) expect(sourcesOf(alix, side)).toEqual(SOURCES);
    expect(lengthsOf(alix.record, alix.knowledge)).toEqual(lengthsOf(alixAndBruno.record, alixAndBruno.knowledge));
  });

  test('show when their owner signed in only if asked, and exactly only to whom caused it', () => {
    const { seen, proofs } = alix.record;
    const times = seen.filter(({ field }) => field === 'auth_time');
    expect(new Set(times.map(({ moment }) => moment))).toEqual(
      new Set([
        'the same session',
        'max_age',
        'prompt=login',
        'after the other one’s login',
        'max_age has passed',
        'switched to',
        'switched back',
      ]),
    );
    const exact = times.filter(({ value }) => Number(value) % 600 !== 0);
    expect(new Set(exact.map(({ moment }) => moment))).toEqual(new Set(['prompt=login', 'max_age has passed']));
    expect(exact.every(({ side, value }) => proofs[side].has(Number(value)))).toBe(true);
  });

  test('hear of a sign-out everywhere each after a pause of its own', () => {
    for (const { record } of [alix, alixAndBruno]) {
      const pauses = pausesOf(record);
      expect(pauses).toHaveLength(2);
      for (const pause of pauses) expect(pause >= 10 && pause <= 120, `${pause} seconds`).toBe(true);
    }
  });
});

describe.each([
  ['at one application by OpenID Connect and at another by SAML', 'two', ['OpenID Connect', 'SAML']],
  ['at two applications, both by SAML', 'two', ['SAML', 'SAML']],
  ['at one application by SAML', 'one', ['SAML', 'SAML']],
] as const)('the profiles of one person %s', (_where, applications, protocols) => {
  const sides = (['first', 'second'] as const).filter((_, at) => protocols[at] === 'SAML');
  let alix: Life;
  let alixAndBruno: Life;
  beforeAll(async () => {
    alix = await playLife({ people: 'one', applications, protocols });
    alixAndBruno = await playLife({ people: 'two', applications, protocols });
  }, 180_000);

  test('share nothing that an application receives', () => {
    expect(findLinks(alix.record, alix.knowledge)).toEqual([]);
    expect(findLinks(alixAndBruno.record, alixAndBruno.knowledge)).toEqual([]);
  });

  test('look like those of two people', () => {
    expect([...alix.record.shape].toSorted()).toEqual([...alixAndBruno.record.shape].toSorted());
    expect(lengthsOf(alix.record, alix.knowledge)).toEqual(lengthsOf(alixAndBruno.record, alixAndBruno.knowledge));
    for (const side of sides) expect(sourcesOf(alix, side)).toEqual(SAML_SOURCES);
    if (protocols[0] === 'OpenID Connect') expect(sourcesOf(alix, 'first')).toEqual(SOURCES);
  });

  test('show when their owner signed in exactly only to whom caused it', () => {
    for (const side of sides) {
      // In a browser that both share, it is the first one's request that makes them sign in again after signing out.
      const again = applications === 'one' || side === 'first' ? ['after a link was made'] : [];
      expect(exactTimes(alix.record, side)).toEqual(new Set(['prompt=login', ...again]));
    }
  });

  test('are told of a sign-out only where their owner says so', () => {
    for (const { record } of [alix, alixAndBruno]) {
      expect(record.unasked).toEqual([]);
      for (const side of sides) expect(record.offered).toContain(`signed out, ${side}`);
      expect(record.offered).toContain('signed out everywhere, second');
      const heard = record.seen.filter(({ source }) => source === 'logout request').map(({ moment }) => moment);
      expect(new Set(heard)).toEqual(new Set(['left at the portal', 'signed out']));
    }
  });
});

/** Hides an ability behind one that betrays, at the very place where the program calls it. */
function spoil<T extends object, K extends keyof T>(part: T, name: K, betray: (original: T[K]) => T[K]): void {
  part[name] = betray(part[name]);
}

/** One name of the session for everybody who takes part in it, now or later. */
function nameSessionOnce({ sessions, applications }: Parts): void {
  spoil(sessions, 'find', (find) => async (id) => {
    const stored = await find(id);
    const payload = stored?.body['payload'] as { uid: string; authorizations?: { [id: string]: { sid?: string } } };
    if (stored === undefined) return undefined;
    const authorizations = { ...payload.authorizations };
    for (const { id: applicationId } of await applications.list()) {
      for (const participant of await applications.participantsOf(applicationId)) {
        authorizations[participant] = { ...authorizations[participant], sid: payload.uid };
      }
    }
    return { ...stored, body: { ...stored.body, payload: { ...payload, authorizations } } };
  });
}

/** Something of a profile is made from its owner. */
function betrayOwner({ profiles }: Parts, betray: (accountId: string) => { subject?: string; aliasLocal?: string }) {
  spoil(profiles, 'usable', (usable) => async (accountId, profileId) => {
    const profile = await usable(accountId, profileId);
    return profile === undefined ? undefined : { ...profile, ...betray(accountId) };
  });
}

const subjectOfAll = (accountId: string) => ({ subject: createHash('sha256').update(accountId).digest('base64url') });
const accountInAlias = (accountId: string) => ({ aliasLocal: Buffer.from(accountId).toString('hex') });

const BOTH_BY_SAML = ['SAML', 'SAML'] as const;

const MUTANTS: readonly {
  what: string;
  found: string[];
  arrange: (parts: Parts) => void;
  protocols?: NonNullable<World['protocols']>;
}[] = [
  {
    what: 'one sid in the whole session',
    found: ['ID token.sid is shared', 'introspection of access token.sid is shared', 'logout token.sid is shared'],
    arrange: nameSessionOnce,
  },
  {
    what: 'one subject for the whole account',
    found: ['ID token.sub is shared', 'userinfo.sub is shared'],
    arrange: (parts) => betrayOwner(parts, subjectOfAll),
  },
  {
    what: 'the account id in a claim',
    found: ['ID token.email holds the account id of alix', 'userinfo.email holds the account id of alix'],
    arrange: (parts) => betrayOwner(parts, accountInAlias),
  },
  {
    what: 'the exact time of a sign-in that another application caused',
    found: ['ID token.auth_time is exact'],
    arrange({ oidc }) {
      // As if every journey that ends had proven who the person is: the flooring then never happens.
      spoil(oidc, 'finish', (finish) => async (req, res, journey, step) => {
        const proof = { accountId: step.accountId, at: step.authenticatedAt, level: step.level };
        return finish(req, res, { ...journey, startedAt: 0, proof }, step);
      });
    },
  },
  {
    what: 'one SessionIndex in the whole session',
    found: [
      'answer.Response.Assertion.AuthnStatement.SessionIndex[] is shared',
      'logout request.LogoutRequest.SessionIndex[] is shared',
    ],
    arrange: nameSessionOnce,
    protocols: BOTH_BY_SAML,
  },
  {
    what: 'one persistent NameID for the whole account',
    found: [
      'answer.Response.Assertion.AttributeStatement.Attribute.AttributeValue[] is shared',
      'answer.Response.Assertion.Subject.NameID[] is shared',
      'decrypted.Assertion.Subject.NameID[] is shared',
      'logout request.LogoutRequest.NameID[] is shared',
    ],
    arrange: (parts) => betrayOwner(parts, subjectOfAll),
    protocols: BOTH_BY_SAML,
  },
  {
    what: 'one subject by both protocols',
    found: ['answer.Response.Assertion.Subject.NameID[] is shared'],
    arrange: (parts) => betrayOwner(parts, subjectOfAll),
    protocols: ['OpenID Connect', 'SAML'],
  },
  {
    what: 'the account id or the mailbox in an attribute',
    found: [
      'answer.Response.Assertion.AttributeStatement.Attribute.AttributeValue[] holds the account id of alix',
      'answer.Response.Assertion.AttributeStatement.Attribute.AttributeValue[] holds the mailbox of alix',
      'decrypted.Assertion.AttributeStatement.Attribute.AttributeValue[] holds the account id of alix',
    ],
    arrange(parts) {
      betrayOwner(parts, accountInAlias);
      spoil(
        parts.accounts,
        'groupsOf',
        (groupsOf) => async (accountId) =>
          (await groupsOf(accountId)).map((group) => ({ ...group, name: PEOPLE.alix.mailbox })),
      );
    },
    protocols: BOTH_BY_SAML,
  },
  {
    what: 'the exact AuthnInstant of a sign-in that another application caused',
    found: ['answer.Response.Assertion.AuthnStatement.AuthnInstant[] is exact'],
    arrange({ saml }) {
      spoil(saml, 'finish', (finish) => async (req, res, journey, step) => {
        const proof = { accountId: step.accountId, at: step.authenticatedAt, level: step.level };
        return finish(req, res, { ...journey, startedAt: 0, proof }, step);
      });
    },
    protocols: BOTH_BY_SAML,
  },
];

test.each(MUTANTS)('a program that gave out $what would be caught', async ({ found, arrange, protocols }) => {
  const world: World = { people: 'one', applications: 'two', ...(protocols === undefined ? {} : { protocols }) };
  const { record, knowledge } = await playLife(world, arrange);
  expect(findLinks(record, knowledge)).toEqual(expect.arrayContaining(found));
});
