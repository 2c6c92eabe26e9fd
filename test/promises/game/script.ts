import { makeDice, type Dice } from './dice.ts';
import type { Door } from './place.ts';

/** One of the two profiles that the adversaries wonder about. */
export type Which = 'p' | 'q';

/** What an application asks for at a sign-in. */
export type Ask = 'nothing' | 'everything' | 'max_age' | 'login';

/** What a moderator does about a profile. */
const DECISIONS = [
  'note',
  'warn',
  'block',
  'block for days',
  'unblock',
  'ask for another name',
  'delete',
  'except',
  'bar from new ones',
  'bar the others',
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
  | { readonly kind: Ending | 'sanction' | 'digest' | 'days pass' | 'suspend' }
  /** Moderators ask so many of all they can, in this form or in any. */
  | { readonly kind: 'look'; readonly count: number; readonly form?: 'html' | 'json' | 'csv' };

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
  /** What both people read. */
  readonly languages: readonly ['fr' | 'en', 'fr' | 'en'];
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
export type Plot =
  | 'anything'
  | 'visits'
  | 'ends of sessions'
  | 'moderators look'
  | 'moderators read'
  | 'moderators glance'
  | 'barred'
  | 'others barred'
  | 'granted'
  | 'sanctioned'
  | 'suspended';

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
  if (kind === 'visit') return { kind, of, ask: dice.one(['nothing', 'everything', 'max_age', 'login'] as const) };
  // What bars other profiles is a story of its own.
  if (kind === 'decide') return decide(dice, of, dice.one(DECISIONS.filter((one) => one !== 'bar the others')));
  if (kind === 'look') return { kind, count: dice.whole(1, 4) };
  if (kind === 'sign out' || kind === 'end sessions' || kind === 'another password' || kind === 'digest')
    return { kind };
  return { kind, of };
}

/** A pause: mostly of minutes, sometimes of hours or of a night. */
function somePause(dice: Dice): number {
  const most = dice.one([600, 600, 3 * HOUR, 20 * HOUR]);
  return dice.whole(20, most);
}

const LOOK: Act = { kind: 'look', count: 4 };
/** Everything there is. */
const ALL = { kind: 'look', count: 100, form: 'json' } as const;

/** What happens after the profiles were made. */
const ACTS: { readonly [plot in Plot]: (dice: Dice) => Act[] } = {
  anything: (dice) => [...visitsIn(dice), ...Array.from({ length: dice.whole(2, 6) }, () => someAct(dice)), LOOK],
  visits: visitsIn,
  'ends of sessions': (dice) => [...visitsIn(dice), { kind: 'end sessions' }],
  'moderators look': () => [ALL],
  'moderators read': () => [{ ...ALL, form: 'html' }],
  'moderators glance': () => [ALL],
  barred: (dice) => [decide(dice, 'p', 'bar from new ones'), { kind: 'try a further one', of: 'p' }, ALL],
  // Nobody signs in: whether that is refused is what an application would see.
  'others barred': (dice) => [decide(dice, 'p', 'bar the others'), { kind: 'days pass' }, ALL],
  granted: () => [ALL],
  sanctioned: (dice) => [...visitsIn(dice), { kind: 'sanction' }, { kind: 'days pass' }, ...visitsIn(dice), ALL],
  suspended: (dice) => [...visitsIn(dice), { kind: 'suspend' }, ...visitsIn(dice)],
};

/** What somebody who plays lets happen besides anything, and how often in so many scripts. */
const STORIES: readonly { plot: Plot; story: Story; oneIn: number }[] = [
  { plot: 'granted', story: 'granted', oneIn: 10 },
  { plot: 'sanctioned', story: 'sanctioned', oneIn: 20 },
  { plot: 'barred', story: 'plain', oneIn: 20 },
  { plot: 'others barred', story: 'plain', oneIn: 20 },
];

function visitsIn(dice: Dice): Act[] {
  return dice.shuffled((['p', 'q'] as const).map((of): Act => ({ kind: 'visit', of, ask: 'everything' })));
}

/** Where it is told of one application or of two. */
const PLACES: { readonly [plot in Plot]: 'one' | 'two' | 'either' } = {
  anything: 'either',
  visits: 'two',
  'ends of sessions': 'two',
  'moderators look': 'one',
  'moderators read': 'one',
  'moderators glance': 'one',
  barred: 'one',
  'others barred': 'one',
  granted: 'one',
  sanctioned: 'one',
  suspended: 'two',
};

/** Of other people, where moderators look for something among them. */
const CROWD = 20;

/** The script of a seed. */
export function writeScript(seed: number, wanted: Plot = 'anything'): Script {
  const dice = makeDice(seed);
  const told = wanted === 'anything' ? STORIES.find(({ oneIn }) => dice.isOneIn(oneIn))?.plot : undefined;
  const plot = told ?? wanted;
  const story = STORIES.find((one) => one.plot === plot)?.story ?? 'plain';
  const place = PLACES[plot];
  const applications = place === 'either' ? dice.one(['one', 'two'] as const) : place;
  const someKind = (): Door['kind'] => (plot === 'anything' && dice.isOneIn(6) ? 'saml' : 'oidc');
  const first = someKind();
  const second = applications === 'one' ? first : someKind();
  const policy = plot === 'anything' && dice.isOneIn(3) ? 'approved' : 'open';
  const yes: Act[] = (['p', 'q'] as const).map((of) => ({ kind: 'approve', of }));
  const acts = [...(policy === 'approved' ? [LOOK, ...dice.shuffled(yes)] : []), ...ACTS[plot](dice)];
  const others = applications === 'two' || policy === 'approved' ? 0 : plot === 'moderators look' ? CROWD : 1;
  return {
    seed,
    story,
    policy,
    applications,
    doors: [first, second],
    names: { p: dice.word(12), q: dice.word(12) },
    fresh: { p: dice.word(12), q: dice.word(12) },
    further: [dice.word(12), dice.word(12)],
    languages: plot === 'moderators glance' ? ['fr', 'en'] : [dice.one(['fr', 'en']), dice.one(['fr', 'en'])],
    crowd: Array.from({ length: others }, () => dice.word(12)),
    words: { p: dice.word(20), q: dice.word(20) },
    sitting: dice.whole(30, 240),
    apart: dice.whole(300, 10 * HOUR),
    acts: acts.map((act) => ({ pause: somePause(dice), act })),
  };
}
