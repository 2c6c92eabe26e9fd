import { UserError } from '../errors.ts';
import { dayOf } from '../days.ts';
import { isDay, makeFieldCheck } from './asking.ts';
import type { Chain, Entry } from './chain.ts';
import { ANSWERS, momentOf } from './entries.ts';
import type { RegisterNeeds } from './needs.ts';

/** How long what is written about a request of an authority may be, in characters. */
export const AUTHORITY_WORDS = {
  authority: { min: 2, max: 200 },
  basis: { min: 2, max: 300 },
  asked: { min: 2, max: 2000 },
  answer: { min: 1, max: 2000 },
} as const;

/** A request of an authority, as it is typed; days as YYYY-MM-DD, the deadline may be empty. */
export type NewAuthorityRequest = {
  readonly authority: string;
  readonly basis: string;
  readonly asked: string;
  readonly received: string;
  readonly deadline: string;
};

/** What was answered to it, as it is typed. */
export type NewAuthorityAnswer = { readonly answer: string; readonly words: string; readonly answered: string };

/** What a year held, for publishing: how often each was written. */
export type YearCounts = {
  readonly year: string;
  readonly asked: number;
  readonly confirmed: number;
  readonly declined: number;
  readonly lapsed: number;
  readonly told: number;
  readonly requests: number;
  readonly answers: number;
  readonly given: number;
};

/** A request that nobody answered yet. `isOverdue`: its deadline is over. */
export type Unanswered = { readonly number: number; readonly deadline?: string; readonly isOverdue: boolean };

const COUNTED = {
  unsealing_asked: 'asked',
  unsealing_confirmed: 'confirmed',
  unsealing_declined: 'declined',
  unsealing_lapsed: 'lapsed',
  unsealing_told: 'told',
  authority_request: 'requests',
  authority_answer: 'answers',
} as const satisfies Partial<Record<Entry['content']['kind'], Exclude<keyof YearCounts, 'year'>>>;

const counted = (kind: Entry['content']['kind']): Exclude<keyof YearCounts, 'year'> | undefined =>
  (COUNTED as Partial<Record<typeof kind, Exclude<keyof YearCounts, 'year'>>>)[kind];

/** What authorities ask of this house, and what it answers: entries of the register like the others. */
export function makeAuthorities({ storage, now, administrators, chain }: RegisterNeeds & { chain: Chain }) {
  return {
    /**
     * Writes down that an authority asked for something.
     * @returns the number of its entry
     * @throws {UserError} forbidden
     * @throws {SettingsProblem} by field: words_too_few{min}, words_too_many{max}, day_invalid (received, also one to
     *   come; deadline), days_turned (deadline)
     */
    async add(by: string, typed: NewAuthorityRequest): Promise<number> {
      const check = makeFieldCheck();
      const authority = check.words('authority', typed.authority, AUTHORITY_WORDS.authority);
      const basis = check.words('basis', typed.basis, AUTHORITY_WORDS.basis);
      const asked = check.words('asked', typed.asked, AUTHORITY_WORDS.asked);
      const { received, deadline } = typed;
      const isReceived = isDay(received) && received <= dayOf(now());
      if (!isReceived) check.wrong('received', 'day_invalid');
      if (deadline !== '' && !isDay(deadline)) check.wrong('deadline', 'day_invalid');
      else if (deadline !== '' && isReceived && deadline < received) check.wrong('deadline', 'days_turned');
      check.done();
      return storage.write(async (tx) => {
        const { loginName } = await administrators.require(tx, by);
        const { number } = await chain.append(tx, {
          kind: 'authority_request',
          at: momentOf(now()),
          by: loginName,
          authority,
          basis,
          asked,
          received,
          ...(deadline === '' ? {} : { deadline }),
        });
        return number;
      });
    },

    /**
     * Writes down what was answered, as an entry of its own that names the request's. A second answer is possible: it
     * stands after the first.
     * @throws {UserError} forbidden, authority_request_unknown
     * @throws {SettingsProblem} by field: choice_required (answer), words_too_few{min}, words_too_many{max} (words),
     *   day_invalid (answered, also one to come)
     */
    async answer(by: string, request: number, typed: NewAuthorityAnswer): Promise<void> {
      const check = makeFieldCheck();
      const answer = ANSWERS.find((item) => item === typed.answer);
      if (answer === undefined) check.wrong('answer', 'choice_required');
      const words = check.words('words', typed.words, AUTHORITY_WORDS.answer);
      const { answered } = typed;
      if (!isDay(answered) || answered > dayOf(now())) check.wrong('answered', 'day_invalid');
      check.done();
      if ((await chain.find(request))?.content.kind !== 'authority_request')
        throw new UserError('authority_request_unknown');
      await storage.write(async (tx) => {
        const { loginName } = await administrators.require(tx, by);
        await chain.append(tx, {
          kind: 'authority_answer',
          at: momentOf(now()),
          by: loginName,
          request,
          answer: answer ?? 'nothing',
          words,
          answered,
        });
      });
    },

    /** Goes through the register once: what was not answered yet, and how often each kind stands in each year, the latest first. */
    async overview(): Promise<{ unanswered: Unanswered[]; years: YearCounts[] }> {
      const open = new Map<number, string | undefined>();
      const years = new Map<string, { -readonly [K in keyof YearCounts]: YearCounts[K] }>();
      const today = dayOf(now());
      for await (const { number, content } of chain.all()) {
        if (content.kind === 'authority_request') open.set(number, content.deadline);
        if (content.kind === 'authority_answer') open.delete(content.request);
        const year = content.at.slice(0, 4);
        const counts = years.get(year) ?? {
          year,
          asked: 0,
          confirmed: 0,
          declined: 0,
          lapsed: 0,
          told: 0,
          requests: 0,
          answers: 0,
          given: 0,
        };
        const column = counted(content.kind);
        if (column !== undefined) counts[column] += 1;
        if (content.kind === 'authority_answer' && (content.answer === 'given' || content.answer === 'partly'))
          counts.given += 1;
        years.set(year, counts);
      }
      return {
        unanswered: [...open].map(([number, deadline]) => ({
          number,
          ...(deadline === undefined ? {} : { deadline }),
          isOverdue: deadline !== undefined && deadline < today,
        })),
        years: [...years.values()].toSorted((a, b) => (a.year < b.year ? 1 : -1)),
      };
    },
  };
}
