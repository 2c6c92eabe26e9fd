import { expect, test } from 'vitest';
import { fc } from '../properties.ts';
import {
  nextStep,
  refusals,
  type Asks,
  type Facts,
  type Level,
  type Progress,
  type Step,
} from '../../src/journey/step.ts';

/** Few people, few profiles and few moments: they meet often. */
const person = fc.constantFrom('alix', 'bruno');
const profileId = fc.constantFrom('heron', 'sparrow', 'magpie');
const NOW = 1_000_000_000;
const moment = fc.oneof(
  fc.constantFrom(0, 1, 59_999, 60_000, 60_001, 599_999, 600_000, 600_001).map((ago) => NOW - ago),
  fc.integer({ min: NOW - 100_000_000, max: NOW }),
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const level = fc.constantFrom<Level>(1, 2, 2);
const proof = fc.record({ accountId: person, at: moment, level });

const asks: fc.Arbitrary<Asks> = fc.record({
  login: fc.boolean(),
  select: fc.boolean(),
  create: fc.boolean(),
  confirm: fc.boolean(),
  maxAge: maybe(fc.constantFrom(0, 1, 60, 600, 1200, 100_000)),
  level,
  subject: maybe(fc.constantFrom('subject of heron', 'subject of sparrow', 'somebody else')),
});

const oldNames = fc.uniqueArray(fc.constantFrom('Old.Heron', 'corbeau'), { maxLength: 2 });

const progress: fc.Arbitrary<Progress> = fc.record({
  proof: maybe(proof),
  profileId: maybe(profileId),
  hasAsked: maybe(fc.boolean()),
  putAside: maybe(oldNames),
});

const profile = fc.record({
  id: profileId,
  status: fc.constantFrom('requested', 'active', 'active', 'active', 'active', 'blocked', 'retired', 'deleted'),
  barred: fc.constantFrom(false, false, false, true),
  notice: fc.boolean(),
});

const further = fc.constantFrom<NonNullable<Facts['application']>['further']>(
  { kind: 'create' },
  { kind: 'request' },
  { kind: 'refused', code: 'names_awaited' },
  { kind: 'refused', code: 'quota_full' },
  { kind: 'refused', code: 'policy_closed' },
);

const facts: fc.Arbitrary<Facts> = fc.record({
  now: fc.constant(NOW),
  session: maybe(proof),
  account: fc.constantFrom('active', 'active', 'active', 'active', 'active', 'active', 'leaving', 'none'),
  secondFactor: fc.record({ has: fc.constantFrom(false, false, true), must: fc.constantFrom(false, false, true) }),
  termsDue: fc.constantFrom(false, false, false, false, true),
  application: maybe(
    fc.record({
      mayEnter: fc.constantFrom(true, true, true, false),
      profiles: fc
        .uniqueArray(profile, { selector: ({ id }) => id, maxLength: 3 })
        .map((list) => list.map((one) => ({ ...one, subject: `subject of ${one.id}` }))),
      further,
      offers: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: oldNames }),
      standing: maybe(profileId),
    }),
  ),
});

/**
 * What "done" requires, said again without looking at how it is decided: all the ways in which an answer may be
 * earned, as the answers themselves. Whatever is not on the list is not earned.
 */
function earned(wants: Asks, reached: Progress, are: Facts): Step[] {
  if (are.account !== 'active' || are.termsDue) return [];
  // A password typed in this very journey proves who it is, whatever was asked; a session does unless it is too old.
  const tenMinutes = (at: number) => at - (at % 600_000);
  const oldEnough = (at: number) => wants.maxAge !== undefined && are.now - tenMinutes(at) > wants.maxAge * 1000;
  const bySession =
    reached.proof === undefined && !wants.login && are.session !== undefined && !oldEnough(are.session.at)
      ? [are.session]
      : [];
  const proofs = reached.proof === undefined ? bySession : [reached.proof];
  const wantsTwo = wants.level === 2 || are.secondFactor.has || are.secondFactor.must;
  return proofs.flatMap(({ accountId, at, level }) => {
    if (wantsTwo && level === 1) return [];
    const done = (chosen: string | undefined): Step => ({
      name: 'done',
      accountId,
      authenticatedAt: at,
      level,
      profileId: chosen,
    });
    if (are.application === undefined) return [done(undefined)];
    if (!are.application.mayEnter) return [];
    // Only about the one whom the application asked for, where it did.
    const active = are.application.profiles.filter(
      ({ status, barred, notice, subject }) =>
        status === 'active' && !barred && !notice && (wants.subject === undefined || wants.subject === subject),
    );
    // A choice that may be made stands before what would be done silently, also where something is to be read first.
    const isChoice = are.application.profiles.some(
      ({ id, status, barred, subject }) =>
        id === reached.profileId &&
        status === 'active' &&
        !barred &&
        (wants.subject === undefined || wants.subject === subject),
    );
    const chosen = active.filter(({ id }) => id === reached.profileId);
    if (isChoice) return chosen.map(({ id }) => done(id));
    // Silently only for the same person's session, its own profile, and an application that asked for nothing else.
    const asksToAct = wants.select || wants.create || wants.confirm;
    if (asksToAct || are.session?.accountId !== accountId) return [];
    return active.filter(({ id }) => id === are.application?.standing).map(({ id }) => done(id));
  });
}

const CASES = 100_000;

test('a journey is done when everything it needs is true, and never otherwise', () => {
  const ends = new Map<string, number>();
  fc.assert(
    fc.property(asks, progress, facts, (wants, reached, are) => {
      const step = nextStep(wants, reached, are);
      ends.set(step.name, (ends.get(step.name) ?? 0) + 1);
      const expected = earned(wants, reached, are);
      expect(step.name === 'done' ? [step] : []).toEqual(expected);
    }),
    { numRuns: CASES },
  );
  // The cases meet every end often enough to mean something.
  expect([...ends.keys()].toSorted()).toEqual([
    'choose',
    'create',
    'done',
    'enrol',
    'factor',
    'identify',
    'leaving',
    'notice',
    'reclaim',
    'refuse',
    'request',
    'terms',
    'wait',
  ]);
  for (const [name, count] of ends) expect(count, name).toBeGreaterThan(CASES / 400);
});

test('a person who may do nothing but be refused is refused, and one without proof is asked for it', () => {
  fc.assert(
    fc.property(asks, progress, facts, (wants, reached, are) => {
      const step = nextStep(wants, reached, are);
      const anybody = reached.proof ?? (wants.login ? undefined : are.session);
      const mustSetUp =
        are.account === 'active' && !are.secondFactor.has && (are.secondFactor.must || wants.level === 2);
      const isOld = anybody?.level === 1 && NOW - anybody.at > 600_000;
      if (step.name === 'enrol') expect({ mustSetUp, isOld }).toEqual({ mustSetUp: true, isOld: false });
      if (anybody === undefined || are.account === 'none') expect(step).toEqual({ name: 'identify' });
      const isWeak = anybody?.level === 1;
      if (step.name === 'factor') expect({ isWeak, ...are.secondFactor }).toMatchObject({ isWeak: true, has: true });
      if (step.name === 'enrol') expect({ isWeak, has: are.secondFactor.has }).toEqual({ isWeak: true, has: false });
      if (step.name === 'leaving') expect(are.account).toBe('leaving');
      if (step.name === 'terms') expect(are.termsDue).toBe(true);
      const { offers = [], profiles: held = [] } = are.application ?? {};
      const canGoOn = held.some(({ status, barred }) => status === 'active' && !barred);
      const offered = offers.filter((name) => reached.putAside?.includes(name) !== true);
      if (step.name === 'reclaim')
        expect({ canGoOn, first: offered[0] }).toEqual({ canGoOn: false, first: step.offer });
      // Nobody makes a new profile, waits for one or is refused one before they know of the name that is theirs.
      const isBehind =
        ['create', 'request', 'wait', 'refuse'].includes(step.name) && are.application?.mayEnter === true;
      if (isBehind && !canGoOn) expect(offered).toEqual([]);
      if (step.name === 'create' || step.name === 'request')
        expect(are.application?.further).toEqual({ kind: step.name });
      if (step.name === 'wait') {
        const profiles = are.application?.profiles ?? [];
        expect(profiles.filter(({ status, barred }) => status === 'active' && !barred)).toEqual([]);
        expect(profiles.map(({ status }) => status)).toContain('requested');
      }
      if (step.name === 'notice') {
        const one = are.application?.profiles.find(({ id }) => id === step.profileId);
        expect(one).toMatchObject({ status: 'active', barred: false, notice: true });
      }
      if (step.name === 'choose') expect(wants.subject ?? are.application?.profiles).not.toEqual([]);
      if (step.name === 'refuse') {
        const { mayEnter, further: why, profiles = [] } = are.application ?? {};
        if (step.code === 'entry_refused') expect(mayEnter).toBe(false);
        else {
          expect(mayEnter).toBe(true);
          expect(why).toEqual({ kind: 'refused', code: step.code });
          expect(profiles).toEqual([]);
        }
        // Where the name was put aside, it is no more than a choice.
        if (offers.length === 0 || step.code === 'entry_refused') expect(refusals(are)).toContain(step.code);
        else expect(refusals(are)).not.toContain(step.code);
      }
      if (are.account !== 'active') expect(refusals(are)).toContain('account_suspended');
    }),
    { numRuns: 20_000 },
  );
});
