import { beforeAll, describe, expect, test } from 'vitest';
import type { Parts } from '../../src/parts.ts';
import { PEOPLE } from '../people.ts';
import { accountInAlias, betrayOwner, nameSessionOnce, subjectOfAll, tellExactTimes } from './betrayals.ts';
import { endsOf, sharedEnds } from './departures.ts';
import { playLife, type World } from './life.ts';
import { findLinks, lengthsOf } from './linking.ts';
import type { Record, Side } from './seen.ts';
import { spoil } from './spoil.ts';

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

/** The pauses between the end of everything, at a moment, and each application's logout token, in seconds. */
function pausesOf({ seen, ended }: Record, at: string): number[] {
  return seen
    .filter(({ moment, source, field }) => moment === at && source === 'logout token' && field === 'iat')
    .map(({ side, value }) => Number(value) - (ended.get(`${at}, ${side}`) ?? Number.NaN));
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

  test('show how strong a sign-in was only if asked', () => {
    const { seen, asked } = alix.record;
    const levels = seen.filter(({ field }) => field === 'acr');
    for (const side of ['first', 'second'] as const) {
      const told = levels.filter((entry) => entry.side === side).map(({ moment }) => moment);
      expect(new Set(told)).toEqual(asked[side]);
    }
    expect(levels.filter(({ moment }) => moment === 'two factors asked for').map(({ value }) => value)).toEqual(
      Array.from({ length: 2 }, () => 'urn:aluco:acr:two-factor'),
    );
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

  test.each([
    ['of a sign-out everywhere', 'signed out everywhere'],
    ['of another password', 'another password'],
    ['of an account that is to be deleted', 'account left'],
  ])('hear %s each after a pause of its own', (_what, moment) => {
    for (const { record } of [alix, alixAndBruno]) {
      const pauses = pausesOf(record, moment);
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
  });

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
      // In a browser that both share, it is the first one's request that makes them sign in again after an end.
      const again =
        applications === 'one' || side === 'first' ? ['after a link was made', 'offline', 'the last time'] : [];
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
    arrange: tellExactTimes,
  },
  {
    what: 'how strong a sign-in was to whom did not ask',
    found: ['ID token.acr was not asked for'],
    arrange(parts) {
      // As if every request had asked.
      spoil(parts as { app: Parts['app'] }, 'app', (app) =>
        Object.assign((...[req, res, next]: Parameters<Parts['app']>) => {
          if (req.url.startsWith('/oidc/authorize?') && !req.url.includes('&claims='))
            req.url += `&claims=${encodeURIComponent('{"id_token":{"acr":null}}')}`;
          return app(req, res, next);
        }, app),
      );
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
    arrange: tellExactTimes,
    protocols: BOTH_BY_SAML,
  },
];

test.each(MUTANTS)('a program that gave out $what would be caught', async ({ found, arrange, protocols }) => {
  const world: World = { people: 'one', applications: 'two', ...(protocols === undefined ? {} : { protocols }) };
  const { record, knowledge } = await playLife(world, arrange);
  expect(findLinks(record, knowledge)).toEqual(expect.arrayContaining(found));
});

describe('the profiles of an account that was deleted', () => {
  test('end each in an hour of its own, like those of as many people', async () => {
    for (const people of ['one', 'many'] as const) {
      const ends = await endsOf(people);
      expect(ends).toHaveLength(6);
      for (const hour of ends) expect(hour >= 24 && hour <= 14 * 24, `hour ${hour}`).toBe(true);
      expect(sharedEnds(ends)).toBe(false);
    }
  });

  test('would be found out by a program that ended them in the same round', async () => {
    const ends = await endsOf('one', ({ profiles }) => {
      spoil(profiles, 'endSome', (endSome) => (accountId, applicationIds, mayEnd) => {
        const all = mayEnd();
        return endSome(accountId, applicationIds, () => all);
      });
    });
    expect(ends).toHaveLength(6);
    expect(sharedEnds(ends)).toBe(true);
  });
});
