import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { formToken } from '../../../src/web/safety.ts';
import { PEOPLE } from '../../people.ts';
import { DirectBrowser, type Answer } from './direct.ts';
import type { Given, Move, Where, Who } from './moves.ts';
import { CALLBACK, OLD_NAME, ORIGIN, TERMS, type Place, type Target } from './place.ts';

/** What came of walks, so that they can be seen to get anywhere. */
export type Tally = {
  codes: number;
  vault: number;
  signedIn: number;
  strong: number;
  requests: number;
  refused: number;
};

export const newTally = (): Tally => ({ codes: 0, vault: 0, signedIn: 0, strong: 0, requests: 0, refused: 0 });

/** What was really shown on one journey: whose password was right last, and whose second factor after it. */
type Shown = { who: Who; strong: boolean };

type Journey = { id: string; browser: number; shown: Shown | undefined };

/** An application's request that waits for its answer in this browser. */
type Waiting = { readonly target: Target; readonly verifier: string };

type Seat = {
  readonly browser: DirectBrowser;
  readonly waiting: Map<string, Waiting>;
  /** What this browser has earned: by whom, and whether with two factors. It only grows, until somebody signs out. */
  earned: Map<Who, boolean>;
};

/**
 * Two browsers that send whatever they like. Beside them it is written down what each has really proven, without a
 * look at how the program decides: whatever the program gives must have been earned.
 */
export class Walk {
  readonly #place: Place;
  readonly #tally: Tally;
  readonly #seats: readonly [Seat, Seat];
  readonly #journeys: Journey[] = [];
  /** Set-ups of a second factor that pages showed, whoever they were for. */
  readonly #setUps: { readonly setUp: string; readonly secret: string }[] = [];
  #at: 0 | 1 = 0;

  constructor(place: Place, tally: Tally, number: number) {
    this.#place = place;
    this.#tally = tally;
    const seat = (side: number): Seat => ({
      browser: new DirectBrowser(place.parts.app, ORIGIN, `10.${(number >> 8) & 255}.${number & 255}.${side + 1}`),
      waiting: new Map(),
      earned: new Map(),
    });
    this.#seats = [seat(0), seat(1)];
  }

  get #seat(): Seat {
    return this.#seats[this.#at];
  }

  /** A journey of either browser, counted from the newest. */
  #named(number: number): Journey {
    return this.#journeys[this.#journeys.length - 1 - (number % Math.max(1, this.#journeys.length))] ?? NOBODYS;
  }

  /** The form's own token where this browser has the journey's cookie; otherwise one that it made up. */
  #token(id: string): string {
    return formToken(this.#seat.browser.cookie('aluco-journey', `/journey/${id}`) ?? 'made up');
  }

  async #send(answering: Promise<Answer>): Promise<Answer> {
    this.#tally.requests += 1;
    const answer = await answering;
    if (answer.status >= 500) throw new Error(`${answer.status} at ${answer.url.pathname}`);
    if (answer.status >= 400) this.#tally.refused += 1;
    const id = /^\/journey\/([\w-]+)/u.exec(answer.url.pathname)?.[1];
    if (id !== undefined && !this.#journeys.some((journey) => journey.id === id))
      this.#journeys.push({ id, browser: this.#at, shown: undefined });
    const setUp = /name="setUp" value="([^"]+)"/u.exec(answer.text)?.[1];
    const secret = /secret=([A-Z2-7]+)/u.exec(answer.text)?.[1];
    if (setUp !== undefined && secret !== undefined) this.#setUps.push({ setUp, secret });
    await this.#judge(answer);
    return answer;
  }

  #post(journey: Journey, page: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const all = { csrf: this.#token(journey.id), ...fields };
    return this.#send(this.#seat.browser.post(`/journey/${journey.id}${page}`, all));
  }

  /** Only a code for an application gives anything away: it must have been earned in this browser. */
  async #judge({ url }: Answer): Promise<void> {
    const state = url.searchParams.get('state');
    const code = url.searchParams.get('code');
    if (!url.href.startsWith(CALLBACK) || code === null || state === null) return;
    const waiting = this.#seat.waiting.get(state);
    expect(waiting, 'a code in a browser that did not ask').toBeDefined();
    if (waiting === undefined) return;
    const { target } = waiting;
    const owner = await this.#place.ownerOf(await this.#redeem(waiting, code));
    expect(owner, 'a code for nobody').toBeDefined();
    if (owner === undefined) return;
    this.#tally.codes += 1;
    this.#mustHaveEarned(owner, target === this.#place.targets.Vault);
    if (target === this.#place.targets.Vault) this.#tally.vault += 1;
  }

  #mustHaveEarned(who: Who, strongly: boolean): void {
    const { earned } = this.#seat;
    expect([...earned.keys()], `somebody taken for ${who}`).toContain(who);
    const needsTwo = strongly || this.#place.secrets.has(who);
    if (!needsTwo) return;
    this.#tally.strong += 1;
    expect(earned.get(who), `${who} without the second factor`).toBe(true);
  }

  async #redeem({ target, verifier }: Waiting, code: string): Promise<string> {
    const outside = new DirectBrowser(this.#place.parts.app, ORIGIN, '10.255.0.1');
    const answer = await outside.post(
      '/oidc/token',
      {
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        code_verifier: verifier,
        client_id: target.client.id,
        client_secret: target.secret,
      },
      false,
    );
    const { id_token: token = '' } = JSON.parse(answer.text) as { id_token?: string };
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}';
    return (JSON.parse(claims) as { sub?: string }).sub ?? '';
  }

  async #begin(where: Where, ask: 'nothing' | 'login' | 'none'): Promise<void> {
    if (where === 'portal') return void (await this.#send(this.#seat.browser.get('/account')));
    const target = this.#place.targets[where];
    const verifier = randomBytes(32).toString('base64url');
    const state = randomBytes(9).toString('base64url');
    this.#seat.waiting.set(state, { target, verifier });
    const query = new URLSearchParams({
      client_id: target.client.id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: CALLBACK,
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(ask === 'nothing' ? {} : { prompt: ask }),
    });
    await this.#send(this.#seat.browser.get(`/oidc/authorize?${query.toString()}`));
  }

  /** Writes down what a browser earns by showing something on a journey of its own, before it is sent. */
  #earn({ shown }: Journey): void {
    if (shown === undefined) return;
    this.#seat.earned.set(shown.who, shown.strong || this.#seat.earned.get(shown.who) === true);
  }

  async #password(number: number, who: Who, given: Given): Promise<void> {
    const journey = this.#named(number);
    const right = PEOPLE[who].password;
    const fields = { login: PEOPLE[who].loginName, ...filled('password', given, right) };
    if (given === 'right' && journey.browser === this.#at) {
      journey.shown = { who, strong: false };
      this.#earn(journey);
    }
    await this.#post(journey, '/sign-in', fields);
  }

  /** Who a second factor on this journey would be asked of: whose password was shown here, or who is signed in. */
  #isAskedOf(journey: Journey, who: Who): boolean {
    if (journey.browser !== this.#at) return false;
    return journey.shown === undefined ? this.#seat.earned.has(who) : journey.shown.who === who;
  }

  #strengthen(journey: Journey, who: Who): void {
    if (!this.#isAskedOf(journey, who)) return;
    journey.shown = { who, strong: true };
    this.#earn(journey);
  }

  async #factor({ journey: number, by, of }: Extract<Move, { kind: 'factor' }>): Promise<void> {
    const journey = this.#named(number);
    const page = `/factor/${by}`;
    if (of === 'missing') return void (await this.#post(journey, page, {}));
    if (of === 'empty' || of === 'nobody')
      return void (await this.#post(journey, page, { code: of === 'empty' ? '' : '000000' }));
    if (of === 'the other field') {
      const code = await this.#place.nextCode(this.#place.secrets.get('alix') ?? '');
      return void (await this.#post(journey, page, { password: code, setUp: code, recovery: code }));
    }
    const secret = this.#place.secrets.get(of);
    if (secret === undefined) return;
    const recovery = by === 'recovery' ? await this.#place.recoveryCode(of) : undefined;
    const code = recovery ?? (await this.#place.nextCode(secret));
    this.#strengthen(journey, of);
    await this.#post(journey, recovery === undefined ? '/factor/code' : page, { code });
  }

  async #enrol({ journey: number, set, given }: Extract<Move, { kind: 'enrol' }>): Promise<void> {
    const journey = this.#named(number);
    const before = this.#setUps.length;
    const shown = await this.#send(this.#seat.browser.get(`/journey/${journey.id}/enrol/app`));
    const own = this.#setUps.slice(before).at(-1);
    const used = set === 'own' ? own : set === 'foreign' ? this.#setUps[0] : undefined;
    const code = used === undefined ? '123456' : await this.#place.nextCode(used.secret);
    const fields = { setUp: used?.setUp ?? '', name: '', ...filled('code', given, code) };
    const isBruno = journey.browser === this.#at && used !== undefined && given === 'right' && shown.status === 200;
    // Only Bruno is ever asked to set one up; who may be is whoever the journey or the session says.
    const mayCount = isBruno && !this.#place.secrets.has('bruno') && this.#isAskedOf(journey, 'bruno');
    const earnedBefore = this.#seat.earned.get('bruno');
    const shownBefore = journey.shown;
    if (mayCount) this.#strengthen(journey, 'bruno');
    await this.#post(journey, '/enrol/app', fields);
    if (!mayCount) return;
    const account = await this.#place.parts.accounts.find(this.#place.people.bruno.id);
    if (account?.secondFactor === true) return void this.#place.secrets.set('bruno', used?.secret ?? '');
    journey.shown = shownBefore;
    if (earnedBefore === undefined) this.#seat.earned.delete('bruno');
    else this.#seat.earned.set('bruno', earnedBefore);
  }

  /** Answers the page of a journey as whoever has what it asks for. */
  async #goOn(number: number, who: Who): Promise<void> {
    const journey = this.#named(number);
    const page = await this.#send(this.#seat.browser.get(`/journey/${journey.id}`));
    const forms = [...page.text.matchAll(/action="\/journey\/[\w-]+(\/[\w/-]+)"/gu)].map(([, form]) => form);
    const own = this.#place.profiles[who === 'alix' ? 0 : 2] ?? '';
    if (forms.includes('/sign-in')) return this.#password(number, who, 'right');
    if (forms.includes('/factor/code'))
      return this.#factor({ kind: 'factor', journey: number, by: 'code', of: journey.shown?.who ?? who });
    if (forms.includes('/enrol/app'))
      return this.#enrol({ kind: 'enrol', journey: number, set: 'own', given: 'right' });
    if (forms.includes('/terms')) return void (await this.#post(journey, '/terms', { accept: TERMS }));
    if (forms.includes('/profile')) return void (await this.#post(journey, '/profile', { profile: own }));
    if (forms.includes('/take-back')) return void (await this.#post(journey, '/take-back', { oldName: OLD_NAME }));
    if (forms.includes('/create'))
      await this.#post(journey, '/create', { name: `bird${randomBytes(5).toString('hex')}` });
  }

  /** Who the portal takes this browser for. */
  async #portal(): Promise<void> {
    const answer = await this.#send(this.#seat.browser.get('/activity'));
    const name = /class="who">([^<]+)</u.exec(answer.text)?.[1];
    if (name === undefined) return;
    this.#tally.signedIn += 1;
    this.#mustHaveEarned(name as Who, false);
  }

  async step(next: Move): Promise<void> {
    switch (next.kind) {
      case 'begin':
        return this.#begin(next.where, next.ask);
      case 'look':
        await this.#send(this.#seat.browser.get(`/journey/${this.#named(next.journey).id}${next.page}`));
        return;
      case 'password':
        return this.#password(next.journey, next.who, next.given);
      case 'factor':
        return this.#factor(next);
      case 'enrol':
        return this.#enrol(next);
      case 'accept':
        await this.#post(this.#named(next.journey), '/terms', filled('accept', next.given, TERMS));
        return;
      case 'choose':
        await this.#post(this.#named(next.journey), '/profile', { profile: this.#place.profiles[next.profile] ?? '' });
        return;
      case 'create':
        await this.#post(this.#named(next.journey), '/create', { name: `bird${randomBytes(5).toString('hex')}` });
        return;
      case 'bare':
        await this.#post(this.#named(next.journey), next.page, {});
        return;
      case 'go on':
        return this.#goOn(next.journey, next.who);
      case 'portal':
        return this.#portal();
      case 'sign out':
        return this.#signOut();
      case 'wait':
        this.#place.clock.time += next.minutes * 60_000;
        return;
      case 'change browser':
        this.#at = this.#at === 0 ? 1 : 0;
        return;
    }
  }

  /** What was earned by the session goes; what a journey that is still on its way has shown does not. */
  async #signOut(): Promise<void> {
    const page = await this.#send(this.#seat.browser.get('/activity'));
    const csrf = /name="csrf" value="([^"]+)"/u.exec(page.text)?.[1] ?? '';
    await this.#send(this.#seat.browser.post('/sign-out', { csrf }));
    this.#seat.earned = new Map();
    for (const journey of this.#journeys) if (journey.browser === this.#at) this.#earn(journey);
  }
}

const NOBODYS: Journey = { id: 'nobodys', browser: -1, shown: undefined };

function filled(field: string, given: Given, right: string): Record<string, string> {
  if (given === 'missing') return {};
  return { [field]: given === 'right' ? right : given === 'empty' ? '' : 'not this' };
}
