import { expect } from 'vitest';
import { fc } from '../../properties.ts';
import { UserError } from '../../../src/errors.ts';
import {
  makeJourneys,
  NO_ASKS,
  type Journey,
  type Journeys,
  type Proof,
  type Standing,
} from '../../../src/journey/journey.ts';
import { makeTransients } from '../../../src/storage/transient.ts';
import { TERMS, type Place } from './place.ts';

type Who = 'alix' | 'bruno';
type Where = 'portal' | 'Meadow' | 'Vault';
type Side = 0 | 1;

/** One request to the journeys, by either browser. Journeys are counted from the newest, whoever began them. */
type Request =
  | { readonly kind: 'begin'; readonly by: Side; readonly where: Where; readonly login: boolean; readonly level: 1 | 2 }
  /** A form that proves something, or that leaves out what it should prove. */
  | { readonly kind: 'password'; readonly by: Side; readonly journey: number; readonly of: Who | 'nobody' }
  | { readonly kind: 'factor'; readonly by: Side; readonly journey: number; readonly of: Who | 'nobody' }
  /** That a factor was set up, sent whatever step comes next: only where one is to be set up may it count. */
  | { readonly kind: 'set up'; readonly by: Side; readonly journey: number; readonly of: Who }
  | { readonly kind: 'accept'; readonly by: Side; readonly journey: number }
  | { readonly kind: 'choose'; readonly by: Side; readonly journey: number; readonly profile: number }
  /** A name from before is taken back, or put aside, whatever step comes next. */
  | { readonly kind: 'take back' | 'put aside'; readonly by: Side; readonly journey: number }
  /** What somebody would do who stands before the page of that step. */
  | { readonly kind: 'go on'; readonly by: Side; readonly journey: number; readonly of: Who }
  | { readonly kind: 'finish'; readonly by: Side; readonly journey: number }
  | { readonly kind: 'sign out'; readonly by: Side }
  | { readonly kind: 'wait'; readonly minutes: number };

const kind = <K extends Request['kind']>(name: K) => fc.constant(name);
const by = fc.constantFrom<Side>(0, 0, 0, 1);
const journey = fc.constantFrom(0, 0, 0, 0, 1, 2);
const of = fc.constantFrom<Who | 'nobody'>('alix', 'alix', 'bruno', 'nobody');

const begin = fc.record({
  kind: kind('begin'),
  by,
  where: fc.constantFrom<Where>('portal', 'Meadow', 'Meadow', 'Vault'),
  login: fc.constantFrom(false, false, false, true),
  level: fc.constantFrom<1 | 2>(1, 1, 1, 2),
});

const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 2, arbitrary: begin },
  { weight: 5, arbitrary: fc.record({ kind: kind('password'), by, journey, of }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('factor'), by, journey, of }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('set up'), by, journey, of: fc.constantFrom<Who>('alix', 'bruno') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('accept'), by, journey }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('choose'), by, journey, profile: fc.constantFrom(0, 0, 1, 2, 3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('take back' as const, 'put aside' as const), by, journey }),
  },
  {
    weight: 16,
    arbitrary: fc.record({ kind: kind('go on'), by, journey, of: fc.constantFrom<Who>('alix', 'alix', 'bruno') }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('finish'), by, journey }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('sign out'), by }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('wait'), minutes: fc.constantFrom(1, 1, 1, 11, 61) }) },
);

/** What came of all sequences, so that they can be seen to get anywhere. */
export type Ends = { requests: number; done: number; strong: number; silent: number; refused: number; back: number };

/** What was really shown on one journey, in order: by whom, a password or a second factor. */
type Shown = { readonly by: Side; readonly of: Who; readonly what: 'password' | 'factor' };

type Begun = { readonly id: string; readonly secrets: (string | undefined)[]; readonly shown: Shown[] };

/** A journey, as a page of a browser finds it. */
type Found = { readonly begun: Begun; readonly record: Journey; readonly standing: Standing };

/** The journeys of a place, as pages reach them. */
export function journeysOf({ parts, clock, old }: Place): Journeys {
  const { accounts, applications, profiles, seals, storage } = parts;
  const now = (): number => clock.time;
  const transients = makeTransients({ storage, seals, now });
  return makeJourneys({
    accounts,
    applications,
    profiles,
    transients,
    now,
    offersOf: old.offersOf,
    termsVersion: TERMS,
  });
}

/**
 * One sequence of requests. Beside it stands what was really shown, without a look at how the machine decides: whoever
 * a browser is signed in as must have shown everything there, in that very browser.
 */
class Sequence {
  readonly #place: Place;
  readonly #journeys: Journeys;
  readonly #ends: Ends;
  readonly #network: string;
  readonly #begun: Begun[] = [];
  /** Who each browser is signed in as, as the program would keep it. */
  readonly #sessions: [Proof | undefined, Proof | undefined] = [undefined, undefined];
  /** Who each browser may be signed in as by what it showed, and whether with two factors; signing out forgets it. */
  readonly #earned: [Map<Who, boolean>, Map<Who, boolean>] = [new Map(), new Map()];

  constructor(place: Place, journeys: Journeys, ends: Ends, number: number) {
    this.#place = place;
    this.#journeys = journeys;
    this.#ends = ends;
    this.#network = `10.${(number >> 8) & 255}.${number & 255}.1`;
  }

  /** The journey as a page of this browser finds it; nothing where it does not. */
  async #find(by: Side, number: number): Promise<Found | undefined> {
    const begun = this.#begun[this.#begun.length - 1 - (number % Math.max(1, this.#begun.length))];
    if (begun === undefined) return undefined;
    try {
      const record = await this.#journeys.find(begun.id, begun.secrets[by]);
      return { begun, record, standing: await this.#journeys.stand(record, this.#sessions[by], undefined) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#ends.refused += 1;
      return undefined;
    }
  }

  #personOf(accountId: string): Who {
    return accountId === this.#place.people.alix.id ? 'alix' : 'bruno';
  }

  async #begin({ by, where, login, level }: Extract<Request, { kind: 'begin' }>): Promise<void> {
    const target = where === 'portal' ? undefined : this.#place.targets[where].application.id;
    const asks = { ...NO_ASKS, login, level };
    const beginning = { protocol: target === undefined ? 'portal' : 'oidc', applicationId: target, asks } as const;
    const { journey: made, browser } = await this.#journeys.begin(beginning, this.#network);
    const secrets: (string | undefined)[] = [undefined, undefined];
    secrets[by] = browser;
    // The other browser knows the address, and guesses.
    secrets[by === 0 ? 1 : 0] = 'guessed';
    this.#begun.push({ id: made.id, secrets, shown: [] });
  }

  async #strengthen(by: Side, number: number, of: Who | 'nobody', isAsked: boolean): Promise<void> {
    const way = await this.#find(by, number);
    if (way === undefined) return;
    const { step, account } = way.standing;
    const who = account === undefined ? undefined : this.#personOf(account.id);
    // As the page does: the answer is compared for the account that is asked, and for nobody where none is.
    if (isAsked ? step.name !== 'factor' || of !== who : step.name === 'factor') return;
    way.begun.shown.push({ by, of: who ?? 'bruno', what: 'factor' });
    let next: Journey;
    try {
      next = this.#journeys.strengthened(way.standing, this.#sessions[by]);
    } catch (error) {
      way.begun.shown.pop();
      if (!(error instanceof UserError)) throw error;
      this.#ends.refused += 1;
      return;
    }
    // Where no factor was asked for, none was shown.
    if (step.name !== 'factor' && step.name !== 'enrol') way.begun.shown.pop();
    await this.#journeys.save(next);
  }

  /** Whoever gets anything must have shown everything that is asked for there. */
  #mustHaveShown(by: Side, { begun, record, standing }: Found, who: Who): { strong: boolean; byPassword: boolean } {
    const isVault = standing.application?.id === this.#place.targets.Vault.application.id;
    const wantsTwo = who === 'alix' || isVault || record.asks.level === 2;
    const shown = begun.shown.filter((one) => one.by === by);
    const lastPassword = shown.findLastIndex(({ what }) => what === 'password');
    const byPassword = shown[lastPassword]?.of === who;
    const byFactor = shown.some((one, at) => one.what === 'factor' && one.of === who && at > lastPassword);
    const bySession = this.#earned[by].get(who);
    const fresh = byPassword || !record.asks.login;
    expect(byPassword || bySession !== undefined, `${who} without a password`).toBe(true);
    expect(fresh, `${who} without proving it anew`).toBe(true);
    const strong = byFactor || (!byPassword && bySession === true);
    if (wantsTwo) expect(strong, `${who} without the second factor`).toBe(true);
    return { strong, byPassword };
  }

  /** What the program does with a journey that is done. */
  async #finish(by: Side, number: number): Promise<void> {
    const way = await this.#find(by, number);
    if (way === undefined) return;
    const { step, application } = way.standing;
    if (step.name !== 'done') return;
    const who = this.#personOf(step.accountId);
    const { strong, byPassword } = this.#mustHaveShown(by, way, who);
    expect(strong || step.level === 1, `${who} with more than was shown`).toBe(true);
    if (application !== undefined) expect(this.#place.profilesOf[who], 'whose profile').toContain(step.profileId);
    this.#ends.done += 1;
    if (strong) this.#ends.strong += 1;
    if (!byPassword) this.#ends.silent += 1;
    this.#sessions[by] = { accountId: step.accountId, at: step.authenticatedAt, level: step.level };
    this.#earned[by].set(who, strong);
    await this.#journeys.end(way.record);
  }

  /** What the page of a name from before does: only where that comes next. */
  async #reclaim(by: Side, number: number, isWanted: boolean): Promise<void> {
    const way = await this.#find(by, number);
    const { step, account } = way?.standing ?? {};
    if (way === undefined || step?.name !== 'reclaim') return;
    if (!isWanted) return this.#journeys.save(this.#journeys.putAside(way.record, step.offer));
    const { old } = this.#place;
    this.#mustHaveShown(by, way, this.#personOf(account?.id ?? ''));
    await old.takeBack();
    this.#ends.back += 1;
    return this.#journeys.save(this.#journeys.chosen(way.record, old.profileId));
  }

  async #goOn(by: Side, journey: number, of: Who): Promise<void> {
    const way = await this.#find(by, journey);
    if (way === undefined) return;
    const own = this.#place.profiles.indexOf(this.#place.profilesOf[of][0] ?? '');
    const { name } = way.standing.step;
    if (name === 'identify') return this.#answer({ kind: 'password', by, journey, of });
    if (name === 'factor') return this.#answer({ kind: 'factor', by, journey, of });
    if (name === 'terms') return this.#answer({ kind: 'accept', by, journey });
    if (name === 'choose') return this.#answer({ kind: 'choose', by, journey, profile: own });
    if (name === 'reclaim') return this.#answer({ kind: 'take back', by, journey });
    if (name === 'done') return this.#finish(by, journey);
  }

  async send(next: Request): Promise<void> {
    this.#ends.requests += 1;
    await this.#answer(next);
  }

  async #answer(next: Request): Promise<void> {
    switch (next.kind) {
      case 'begin':
        return this.#begin(next);
      case 'password': {
        const way = await this.#find(next.by, next.journey);
        if (way === undefined || next.of === 'nobody') return;
        way.begun.shown.push({ by: next.by, of: next.of, what: 'password' });
        return this.#journeys.save(this.#journeys.proven(way.record, this.#place.people[next.of].id));
      }
      case 'factor':
        return this.#strengthen(next.by, next.journey, next.of, true);
      case 'set up':
        return this.#strengthen(next.by, next.journey, next.of, false);
      case 'accept': {
        const way = await this.#find(next.by, next.journey);
        const account = way?.standing.account;
        if (way?.standing.step.name === 'terms' && account !== undefined)
          await this.#place.parts.accounts.acceptTerms(account.id, TERMS);
        return;
      }
      case 'choose': {
        const way = await this.#find(next.by, next.journey);
        if (way === undefined) return;
        return this.#journeys.save(this.#journeys.chosen(way.record, this.#place.profiles[next.profile] ?? ''));
      }
      case 'take back':
      case 'put aside':
        return this.#reclaim(next.by, next.journey, next.kind === 'take back');
      case 'go on':
        return this.#goOn(next.by, next.journey, next.of);
      case 'finish':
        return this.#finish(next.by, next.journey);
      case 'sign out':
        this.#sessions[next.by] = undefined;
        this.#earned[next.by].clear();
        return;
      case 'wait':
        this.#place.clock.time += next.minutes * 60_000;
        return;
    }
  }
}

/**
 * Sends random sequences of requests to the journeys of a place, on its real storage. Throws where anybody ends up
 * signed in without having shown everything, or as somebody else, after the sequence was made as short as it may be.
 */
export async function sendAtRandom(place: Place, sequences: number, seed: number, journeys: Journeys): Promise<Ends> {
  const ends: Ends = { requests: 0, done: 0, strong: 0, silent: 0, refused: 0, back: 0 };
  let number = 0;
  const sequence = fc.tuple(begin, fc.array(request, { minLength: 4, maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(sequence, async ([first, others]) => {
      number += 1;
      const sent = new Sequence(place, journeys, ends, number);
      for (const next of [first, ...others]) await sent.send(next);
      await place.old.reserve();
      // Later sequences are begun at another time, from another network.
      place.clock.time += 1000;
      if (number % 100 === 0) await place.restore();
      if (number % 5000 === 0) await place.parts.jobs.find(({ name }) => name === 'what has run out')?.run();
    }),
    { numRuns: sequences, seed },
  );
  return ends;
}
