import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Parts } from '../../src/parts.ts';
import { playLife } from './life.ts';
import { findLinks } from './linking.ts';
import type { Record } from './seen.ts';

type Life = Awaited<ReturnType<typeof playLife>>;

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
    for (const side of ['first', 'second']) {
      const sources = alix.record.seen.filter((entry) => entry.side === side).map(({ source }) => source);
      expect(new Set(sources)).toEqual(SOURCES);
    }
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

/** Hides an ability behind one that betrays, at the very place where the program calls it. */
function spoil<T extends object, K extends keyof T>(part: T, name: K, betray: (original: T[K]) => T[K]): void {
  part[name] = betray(part[name]);
}

const MUTANTS: readonly {
  what: string;
  found: string[];
  arrange: (parts: Parts) => void;
}[] = [
  {
    what: 'one sid in the whole session',
    found: ['ID token.sid is shared', 'introspection of access token.sid is shared', 'logout token.sid is shared'],
    arrange({ sessions, applications }) {
      spoil(sessions, 'find', (find) => async (id) => {
        const stored = await find(id);
        const payload = stored?.body['payload'] as { uid: string; authorizations?: { [id: string]: { sid?: string } } };
        if (stored === undefined) return undefined;
        const authorizations = { ...payload.authorizations };
        for (const { id: applicationId } of await applications.list()) {
          for (const { id: clientId } of await applications.clientsOf(applicationId)) {
            authorizations[clientId] = { ...authorizations[clientId], sid: payload.uid };
          }
        }
        return { ...stored, body: { ...stored.body, payload: { ...payload, authorizations } } };
      });
    },
  },
  {
    what: 'one subject for the whole account',
    found: ['ID token.sub is shared', 'userinfo.sub is shared'],
    arrange({ profiles }) {
      spoil(profiles, 'usable', (usable) => async (accountId, profileId) => {
        const profile = await usable(accountId, profileId);
        const subject = createHash('sha256').update(accountId).digest('base64url');
        return profile === undefined ? undefined : { ...profile, subject };
      });
    },
  },
  {
    what: 'the account id in a claim',
    found: ['ID token.email holds the account id of alix', 'userinfo.email holds the account id of alix'],
    arrange({ profiles }) {
      spoil(profiles, 'usable', (usable) => async (accountId, profileId) => {
        const profile = await usable(accountId, profileId);
        const hidden = Buffer.from(accountId).toString('hex');
        return profile === undefined ? undefined : { ...profile, aliasLocal: hidden };
      });
    },
  },
  {
    what: 'the exact time of a sign-in that another application caused',
    found: ['ID token.auth_time is exact'],
    arrange({ oidc }) {
      // As if every journey that ends had proven who the person is: the flooring then never happens.
      spoil(oidc, 'finish', (finish) => async (req, res, journey, step) => {
        const proof = { accountId: step.accountId, at: step.authenticatedAt };
        return finish(req, res, { ...journey, proof }, step);
      });
    },
  },
];

test.each(MUTANTS)('a program that gave out $what would be caught', async ({ found, arrange }) => {
  const { record, knowledge } = await playLife({ people: 'one', applications: 'two' }, arrange);
  expect(findLinks(record, knowledge)).toEqual(expect.arrayContaining(found));
});
