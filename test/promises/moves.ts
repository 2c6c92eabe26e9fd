import { fc } from '../properties.ts';
import type { PersonName } from '../people.ts';

/** One thing somebody may send, in any order. Numbers choose among what there is at that moment. */
export type Move =
  | { kind: 'begin'; where: number; ask: number }
  | { kind: 'ask'; where: number; how: 'plain' | 'ForceAuthn' | 'IsPassive'; by: 'redirect' | 'post' }
  | { kind: 'ask again'; where: number }
  | { kind: 'enter'; profile: number }
  | { kind: 'look'; journey: number; page: string }
  | { kind: 'sign-in'; journey: number; who: PersonName; password: 'right' | 'wrong' | 'empty' | 'missing' }
  | { kind: 'choose'; journey: number; profile: number; cancels: boolean }
  | { kind: 'create'; journey: number; name: number }
  | { kind: 'resume'; journey: number }
  | { kind: 'empty'; journey: number; page: string }
  | { kind: 'go on'; journey: number; who: PersonName; password: 'right' | 'wrong' }
  | { kind: 'walk on'; journey: number; who: PersonName }
  | { kind: 'change browser' };

/** Mostly the newest, or the first of a list: walks then often get somewhere. */
const small = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 40 }) });
/** Any move; those that a person would make come more often. */
export const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      where: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 3),
      ask: small,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      where: fc.constantFrom(0, 0, 0, 1),
      how: fc.constantFrom<'plain' | 'ForceAuthn' | 'IsPassive'>('plain', 'plain', 'ForceAuthn', 'IsPassive'),
      by: fc.constantFrom<'redirect' | 'post'>('redirect', 'post'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ask again' as const), where: small }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('enter' as const), profile: fc.constantFrom(2, 2, 4, 4, 0, 1, 3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      journey: small,
      page: fc.constantFrom('', '/other', '/profiles', '/new', '/sign-in', '/profile', '/create'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('sign-in' as const),
      journey: small,
      who: fc.constantFrom<PersonName>('alix', 'bruno', 'maud'),
      password: fc.constantFrom<'right' | 'wrong' | 'empty' | 'missing'>(
        'right',
        'right',
        'right',
        'wrong',
        'empty',
        'missing',
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('choose' as const),
      journey: small,
      profile: small,
      cancels: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('create' as const), journey: small, name: small }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume' as const), journey: small }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('empty' as const),
      journey: small,
      page: fc.constantFrom('/sign-in', '/profile', '/create'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('go on' as const),
      journey: small,
      password: fc.constantFrom<'right' | 'wrong'>('right', 'wrong'),
      who: fc.constantFrom<PersonName>('alix', 'bruno', 'maud'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('walk on' as const),
      journey: small,
      who: fc.constantFrom<PersonName>('alix', 'bruno'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change browser' as const) }) },
);
