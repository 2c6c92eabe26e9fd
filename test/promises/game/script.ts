import { makeDice, type Dice } from './dice.ts';
import type { Door } from './place.ts';

/** One of the two profiles that the adversaries wonder about. */
export type Which = 'p' | 'q';

/** What an application asks for at a sign-in. */
export type Ask = 'nothing' | 'everything' | 'max_age' | 'login';

/** What a moderator does about a profile. */
export const DECISIONS = [
  'note',
  'warn',
  'block',
  'block for days',
  'unblock',
  'ask for another name',
  'delete',
  'except',
  'bar from new ones',
  'refer',
] as const;

export type Decision = (typeof DECISIONS)[number];

/**
 * One thing that happens. Where it is about a person and not about a profile, it happens to everybody who plays, at the
 * same moment: one person does it once where two people do it in two browsers.
 */
export type Act =
  | { readonly kind: 'visit'; readonly of: Which; readonly ask: Ask }
  | { readonly kind: Using | 'appeal' | 'judge appeals' | 'approve' | 'try a further one'; readonly of: Which }
  | { readonly kind: 'decide'; readonly of: Which; readonly decision: Decision; readonly words: string }
  | { readonly kind: Ending | 'sanction' | 'digest' }
  | { readonly kind: 'look'; readonly count: number };

type Using = 'refresh' | 'userinfo' | 'introspect' | 'leave' | 'switch' | 'retire' | 'restore';
type Ending = 'sign out' | 'end sessions' | 'another password';

/**
 * What a script is about besides whatever else happens: `granted`: the second profile is made once moderators have
 * granted more on the first; `sanctioned`: moderators decide about further profiles of both people that no other of
 * theirs may be used.
 */
type Story = 'plain' | 'granted' | 'sanctioned';

/** A life with two profiles, the same whoever owns them. */
export type Script = {
  readonly seed: number;
  readonly story: Story;
  /** Whether profiles are made by anybody, or wait for a moderator's yes. */
  readonly policy: 'open' | 'approved';
  /** Whether the profiles are at one application or each at one. */
  readonly applications: 'one' | 'two';
  /** How the applications of `p` and `q` ask. */
  readonly doors: readonly [Door['kind'], Door['kind']];
  readonly names: { readonly [which in Which]: string };
  /** What they are called where moderators ask for another name. */
  readonly fresh: { readonly [which in Which]: string };
  readonly further: readonly [string, string];
  /** Of other people at the same application. */
  readonly crowd: readonly string[];
  /** What the people write who ask for a profile. */
  readonly words: { readonly [which in Which]: string };
  /** How long after the first profile the second one is made: in one sitting, and by somebody else; in seconds. */
  readonly sitting: number;
  readonly apart: number;
  /** What happens, each after a pause in seconds. */
  readonly acts: readonly { readonly pause: number; readonly act: Act }[];
};

/** What scripts are about: anything, or one matter alone. */
export type Plot = 'anything' | 'visits' | 'ends of sessions' | 'moderators look' | 'barred' | 'granted' | 'sanctioned';

const HOUR = 3600;

const KINDS = [
  ...Array.from({ length: 8 }, () => 'visit' as const),
  ...(['refresh', 'refresh', 'userinfo', 'introspect', 'leave', 'switch', 'retire', 'restore'] as const),
  ...(['sign out', 'end sessions', 'another password', 'digest', 'appeal', 'judge appeals'] as const),
  ...Array.from({ length: 6 }, () => 'decide' as const),
  ...Array.from({ length: 4 }, () => 'look' as const),
];

function decide(dice: Dice, of: Which, decision: Decision): Act {
  return { kind: 'decide', of, decision, words: dice.word(16) };
}

function someAct(dice: Dice): Act {
  const of = dice.one(['p', 'q'] as const);
  const kind = dice.one(KINDS);
  switch (kind) {
    case 'visit':
      return { kind, of, ask: dice.one(['nothing', 'everything', 'max_age', 'login'] as const) };
    case 'decide':
      return decide(dice, of, dice.one(DECISIONS));
    case 'look':
      return { kind, count: dice.whole(1, 4) };
    case 'sign out':
    case 'end sessions':
    case 'another password':
    case 'digest':
      return { kind };
    default:
      return { kind, of };
  }
}

/** A pause: mostly of minutes, sometimes of hours or of a night. */
function somePause(dice: Dice): number {
  const most = dice.one([600, 600, 3 * HOUR, 20 * HOUR]);
  return dice.whole(20, most);
}

const LOOK: Act = { kind: 'look', count: 4 };

/** What happens after the profiles were made. */
const ACTS: { readonly [plot in Plot]: (dice: Dice) => Act[] } = {
  anything: (dice) => [...visitsIn(dice), ...Array.from({ length: dice.whole(2, 6) }, () => someAct(dice)), LOOK],
  visits: visitsIn,
  'ends of sessions': (dice) => [...visitsIn(dice), { kind: 'end sessions' }],
  'moderators look': () => [LOOK, LOOK, LOOK],
  barred: (dice) => [decide(dice, 'p', 'bar from new ones'), { kind: 'try a further one', of: 'p' }, LOOK, LOOK, LOOK],
  granted: () => [LOOK, LOOK],
  sanctioned: (dice) => [...visitsIn(dice), { kind: 'sanction' }, ...visitsIn(dice), LOOK, LOOK],
};

function visitsIn(dice: Dice): Act[] {
  return dice.shuffled((['p', 'q'] as const).map((of): Act => ({ kind: 'visit', of, ask: 'everything' })));
}

function storyOf(plot: Plot, dice: Dice): Story {
  if (plot === 'granted' || plot === 'sanctioned') return plot;
  if (plot !== 'anything') return 'plain';
  return dice.isOneIn(8) ? 'granted' : dice.isOneIn(10) ? 'sanctioned' : 'plain';
}

/** Where it is told of one application or of two. */
function applicationsIn(plot: Plot, story: Story, dice: Dice): 'one' | 'two' {
  if (story !== 'plain' || plot === 'moderators look' || plot === 'barred') return 'one';
  return plot === 'anything' ? dice.one(['one', 'two'] as const) : 'two';
}

/** The script of a seed. */
export function writeScript(seed: number, plot: Plot = 'anything'): Script {
  const dice = makeDice(seed);
  const story = storyOf(plot, dice);
  const applications = applicationsIn(plot, story, dice);
  const someKind = (): Door['kind'] => (plot === 'anything' && story === 'plain' && dice.isOneIn(6) ? 'saml' : 'oidc');
  const first = someKind();
  const second = applications === 'one' ? first : someKind();
  const policy = story === 'plain' && plot === 'anything' && dice.isOneIn(3) ? 'approved' : 'open';
  const yes: Act[] = (['p', 'q'] as const).map((of) => ({ kind: 'approve', of }));
  const told = plot === 'anything' && story === 'sanctioned' ? ACTS.sanctioned(dice) : ACTS[plot](dice);
  const acts = [...(policy === 'approved' ? [LOOK, ...dice.shuffled(yes)] : []), ...told];
  return {
    seed,
    story,
    policy,
    applications,
    doors: [first, second],
    names: { p: dice.word(12), q: dice.word(12) },
    fresh: { p: dice.word(12), q: dice.word(12) },
    further: [dice.word(12), dice.word(12)],
    crowd: applications === 'one' && policy === 'open' ? [1, 2, 3].map(() => dice.word(12)) : [],
    words: { p: dice.word(20), q: dice.word(20) },
    sitting: dice.whole(30, 240),
    apart: dice.whole(300, 10 * HOUR),
    acts: acts.map((act) => ({ pause: somePause(dice), act })),
  };
}
