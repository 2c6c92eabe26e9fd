import { fc } from '../../properties.ts';

export type Who = 'alix' | 'bruno';
export type Where = 'portal' | 'Meadow' | 'Vault';

/** One request that somebody may send. Journeys are counted from the newest, of either browser. */
export type Move =
  | { readonly kind: 'begin'; readonly where: Where; readonly ask: 'nothing' | 'login' | 'none' }
  | { readonly kind: 'look'; readonly journey: number; readonly page: string }
  | { readonly kind: 'password'; readonly journey: number; readonly who: Who; readonly given: Given }
  | { readonly kind: 'factor'; readonly journey: number; readonly by: 'code' | 'recovery'; readonly of: Of }
  | {
      readonly kind: 'enrol';
      readonly journey: number;
      readonly set: 'own' | 'foreign' | 'none';
      readonly given: Given;
    }
  | { readonly kind: 'accept'; readonly journey: number; readonly given: Given }
  | { readonly kind: 'choose'; readonly journey: number; readonly profile: number }
  | { readonly kind: 'create'; readonly journey: number }
  | { readonly kind: 'bare'; readonly journey: number; readonly page: string }
  /** What a person would do who stands before the page. */
  | { readonly kind: 'go on'; readonly journey: number; readonly who: Who }
  | { readonly kind: 'portal' }
  | { readonly kind: 'sign out' }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'change browser' };

/** What stands in the field that should prove something, or that it stands nowhere. */
export type Given = 'right' | 'wrong' | 'empty' | 'missing';
/** Whose code it is, where it is one. */
export type Of = Who | 'nobody' | 'empty' | 'missing' | 'the other field';

const journey = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 3 }) });
const who = fc.constantFrom<Who>('alix', 'alix', 'bruno');
const given = fc.constantFrom<Given>('right', 'right', 'right', 'right', 'wrong', 'empty', 'missing');
const kind = <K extends Move['kind']>(name: K) => fc.constant(name);

const PAGES = [
  '',
  '/other',
  '/profiles',
  '/new',
  '/factor/code',
  '/factor/recovery',
  '/enrol/app',
  '/terms',
  '/old-account',
  '/taken-back',
  '/done',
] as const;
const FORMS = [
  '/sign-in',
  '/factor/code',
  '/factor/recovery',
  '/enrol/app',
  '/terms',
  '/profile',
  '/create',
  '/take-back',
  '/old-account',
  '/old-account/code',
  '/taken-back',
  '/leaving',
  '/passkey',
] as const;

const begin = fc.record({
  kind: kind('begin'),
  where: fc.constantFrom<Where>('portal', 'Meadow', 'Meadow', 'Vault'),
  ask: fc.constantFrom<'nothing' | 'login' | 'none'>('nothing', 'nothing', 'nothing', 'login', 'none'),
});

/** Any move; those that a person would make come more often, so that walks get somewhere. */
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: begin,
  },
  { weight: 5, arbitrary: fc.record({ kind: kind('password'), journey, who, given }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('factor'),
      journey,
      by: fc.constantFrom<'code' | 'recovery'>('code', 'code', 'recovery'),
      of: fc.constantFrom<Of>('alix', 'alix', 'alix', 'bruno', 'nobody', 'empty', 'missing', 'the other field'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('enrol'),
      journey,
      set: fc.constantFrom<'own' | 'foreign' | 'none'>('own', 'own', 'foreign', 'none'),
      given,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('accept'), journey, given }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('choose'), journey, profile: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('create'), journey }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('bare'), journey, page: fc.constantFrom(...FORMS) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('look'), journey, page: fc.constantFrom(...PAGES) }) },
  { weight: 30, arbitrary: fc.record({ kind: kind('go on'), journey, who }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('portal') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('sign out') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('wait'), minutes: fc.constantFrom(1, 15, 61) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('change browser') }) },
);

/** What two browsers send, one request after the other. */
export const moves: fc.Arbitrary<Move[]> = fc
  .tuple(begin, fc.array(move, { minLength: 1, maxLength: 10 }))
  .map(([first, others]) => [first, ...others]);
