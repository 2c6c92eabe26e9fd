import { makeDice, type Dice } from './dice.ts';
import type { Door } from './place.ts';

/** One of the two profiles that the adversaries wonder about. */
export type Which = 'p' | 'q';

/** What an application asks for at a sign-in. */
export type Ask = 'nothing' | 'everything' | 'max_age' | 'login';

/**
 * One thing that happens. Where it is about a person and not about a profile, it happens to everybody who plays, at the
 * same moment: one person does it once where two people do it in two browsers.
 */
export type Act =
  | { readonly kind: 'visit'; readonly of: Which; readonly ask: Ask }
  | {
      readonly kind: 'refresh' | 'userinfo' | 'introspect' | 'leave' | 'switch' | 'retire' | 'restore';
      readonly of: Which;
    }
  | { readonly kind: 'sign out' | 'end sessions' | 'another password' };

/** A life with two profiles, the same whoever owns them. */
export type Script = {
  readonly seed: number;
  /** Whether the profiles are at one application or each at one. */
  readonly applications: 'one' | 'two';
  /** How the applications of `p` and `q` ask. */
  readonly doors: readonly [Door['kind'], Door['kind']];
  readonly names: { readonly [which in Which]: string };
  /** How long after the first profile the second one is made: in one sitting, and by somebody else; in seconds. */
  readonly sitting: number;
  readonly apart: number;
  /** What happens, each after a pause in seconds. */
  readonly acts: readonly { readonly pause: number; readonly act: Act }[];
};

const HOUR = 3600;

/** What a script is about: anything, or one matter alone. */
export type Plot = 'anything' | 'visits' | 'ends of sessions';

function someAct(dice: Dice): Act {
  const of = dice.one(['p', 'q'] as const);
  const kind = dice.one([
    'visit',
    'visit',
    'visit',
    'visit',
    'refresh',
    'refresh',
    'userinfo',
    'introspect',
    'leave',
    'switch',
    'retire',
    'restore',
    'sign out',
    'end sessions',
    'another password',
  ] as const);
  if (kind === 'visit') return { kind, of, ask: dice.one(['nothing', 'everything', 'max_age', 'login'] as const) };
  if (kind === 'sign out' || kind === 'end sessions' || kind === 'another password') return { kind };
  return { kind, of };
}

/** A pause: mostly of minutes, sometimes of hours or of a night. */
function somePause(dice: Dice): number {
  const most = dice.one([600, 600, 3 * HOUR, 20 * HOUR]);
  return dice.whole(20, most);
}

/** What happens after the first sign-ins. */
const ACTS: { readonly [plot in Plot]: (dice: Dice) => Act[] } = {
  anything: (dice) => Array.from({ length: dice.whole(2, 5) }, () => someAct(dice)),
  visits: () => [],
  'ends of sessions': () => [{ kind: 'end sessions' }],
};

/** The script of a seed. */
export function writeScript(seed: number, plot: Plot = 'anything'): Script {
  const dice = makeDice(seed);
  const applications = plot === 'anything' ? dice.one(['one', 'two'] as const) : 'two';
  const someKind = (): Door['kind'] => (plot === 'anything' && dice.isOneIn(6) ? 'saml' : 'oidc');
  const first = someKind();
  const second = applications === 'one' ? first : someKind();
  const visits: Act[] = (['p', 'q'] as const).map((of) => ({ kind: 'visit', of, ask: 'everything' }));
  const acts = [...dice.shuffled(visits), ...ACTS[plot](dice)];
  return {
    seed,
    applications,
    doors: [first, second],
    names: { p: dice.word(12), q: dice.word(12) },
    sitting: dice.whole(30, 240),
    apart: dice.whole(300, 10 * HOUR),
    acts: acts.map((act) => ({ pause: somePause(dice), act })),
  };
}
