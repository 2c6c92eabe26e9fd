/** What the application asked for, whatever the protocol. */
export type Asks = {
  /** Prove again who you are, whatever session there is. */
  readonly login: boolean;
  /** Choose again. */
  readonly select: boolean;
  /** A new person or a new profile. */
  readonly create: boolean;
  /** Confirm again what the application receives. */
  readonly confirm: boolean;
  /** The proof may be this old, in seconds. */
  readonly maxAge: number | undefined;
  /** How strong the proof must be; 1 where nothing was said. */
  readonly level: Level;
  /** The answer must be about this subject: nobody else will do, and a new profile neither. */
  readonly subject: string | undefined;
};

/** How strong a proof is: one factor (1), or two (2). No more is ever told apart, nor told (P1). */
export type Level = 1 | 2;

/** A proof of who somebody is: which account, when it was given (milliseconds), and how strong it is. */
export type Proof = { readonly accountId: string; readonly at: number; readonly level: Level };

/** What the journey itself has reached so far. */
export type Progress = {
  /** Given within this journey. */
  readonly proof: Proof | undefined;
  /** Chosen within this journey. */
  readonly profileId: string | undefined;
  /** Whether a new profile was asked for within this journey, that waits for a yes. */
  readonly hasAsked?: boolean | undefined;
  /** Names from before that were offered within this journey, and that the person does not want now. */
  readonly putAside?: readonly string[] | undefined;
};

/** A profile of the account in question. */
export type HeldProfile = {
  readonly id: string;
  readonly subject: string;
  readonly status: string;
  /** Whether it is refused because of another profile of the same person. */
  readonly barred: boolean;
  /** Whether its owner has to read something from the moderators, or to do it, before it is used. */
  readonly notice: boolean;
};

/** What is true at this moment, read anew for each decision. */
export type Facts = {
  readonly now: number;
  /** The browser's session. */
  readonly session: Proof | undefined;
  /** How the account in question stands: `none` where there is none, or it may not be used, or the proof counts no more. */
  readonly account: 'active' | 'leaving' | 'none';
  /** Whether its owner set up a second factor, and whether a rule asks for one: of the house, a group or the application. */
  readonly secondFactor: { readonly has: boolean; readonly must: boolean };
  /** Whether there are rules of the house that its owner has not accepted yet. */
  readonly termsDue: boolean;
  /** About the application, if the journey leads to one, for the account in question. */
  readonly application:
    | undefined
    | {
        readonly mayEnter: boolean;
        readonly profiles: readonly HeldProfile[];
        /** Whether the person may make a further profile there, must ask for it, or may not, and why. */
        readonly further: { readonly kind: 'create' | 'request' } | { readonly kind: 'refused'; readonly code: string };
        /**
         * Names from before that are the person's, as the application knew them by their mailbox, and that they may take
         * back. Of no matter where a profile can be used.
         */
        readonly offers: readonly string[];
        /** The profile of the grant that this very session has at the application. */
        readonly standing: string | undefined;
      };
};

/** The one thing that comes next. */
export type Step =
  | { readonly name: 'identify' }
  /** Prove the second factor. */
  | { readonly name: 'factor' }
  /** Set one up. */
  | { readonly name: 'enrol' }
  /** The account is to be deleted: keep it, or stay away. */
  | { readonly name: 'leaving' }
  /** Accept the rules. */
  | { readonly name: 'terms' }
  | { readonly name: 'choose' }
  /** Take back this name from before, or put it aside. */
  | { readonly name: 'reclaim'; readonly offer: string }
  | { readonly name: 'create' }
  /** Ask the moderators for a profile. */
  | { readonly name: 'request' }
  /** A profile was asked for, and there is no other. */
  | { readonly name: 'wait' }
  /** Read what the moderators say about the profile. */
  | { readonly name: 'notice'; readonly profileId: string }
  | { readonly name: 'refuse'; readonly code: string }
  | {
      readonly name: 'done';
      readonly accountId: string;
      readonly authenticatedAt: number;
      readonly level: Level;
      readonly profileId: string | undefined;
    };

const GRAIN = 600_000;
/** How old a proof may be to set up a second factor, in milliseconds: a stolen session must not put its own in place (A62). */
const RECENT = 600_000;
/** Nodes may differ by so much, in milliseconds. */
const SKEW = 60_000;

/** A time in milliseconds, floored to ten minutes: how exactly an application may learn of a sign-in it did not cause (P1). */
export function coarse(at: number): number {
  return Math.floor(at / GRAIN) * GRAIN;
}

/** Who the person is, as far as this journey may believe it. */
export function provenAs(asks: Asks, progress: Progress, facts: Pick<Facts, 'session' | 'now'>): Proof | undefined {
  if (progress.proof !== undefined) return progress.proof;
  const { session, now } = facts;
  if (session === undefined || asks.login) return undefined;
  // Proven on a day that has not come: under a wrong clock, and nobody can say how old it is.
  if (session.at > now + SKEW) return undefined;
  // What is emitted is floored: where that would look too old to the application, the person signs in again.
  if (asks.maxAge !== undefined && now - coarse(session.at) > asks.maxAge * 1000) return undefined;
  return session;
}

function isUsable({ status, barred }: HeldProfile): boolean {
  return status === 'active' && !barred;
}

/**
 * Every rule that refuses the account at this moment, where `nextStep` names the first: for an administrator who wants
 * to know all there is to mend.
 */
export function refusals({ account, application }: Facts): string[] {
  const isActive = account === 'active';
  if (application === undefined) return isActive ? [] : ['account_suspended'];
  // Whoever is offered a name from before needs no new profile.
  const needsNew = !application.profiles.some(isUsable) && application.offers.length === 0;
  return [
    isActive ? [] : ['account_suspended'],
    application.mayEnter ? [] : ['entry_refused'],
    needsNew && application.further.kind === 'refused' ? [application.further.code] : [],
  ].flat();
}

/**
 * Decides what comes next. Pure: no sequence of requests reaches `done` unless everything `done` needs is true at that
 * moment (P4). `done` is reached again, from the same rules, when the answer is given.
 */
export function nextStep(asks: Asks, progress: Progress, facts: Facts): Step {
  const who = provenAs(asks, progress, facts);
  if (who === undefined || facts.account === 'none') return { name: 'identify' };
  const isWeak = who.level < 2;
  // Whoever has a second factor is not signed in without it, whatever asks for what.
  if (isWeak && facts.secondFactor.has) return { name: 'factor' };
  if (facts.account === 'leaving') return { name: 'leaving' };
  if (facts.application?.mayEnter === false) return { name: 'refuse', code: 'entry_refused' };
  if (isWeak && (facts.secondFactor.must || asks.level > 1)) {
    return { name: facts.now - who.at > RECENT ? 'identify' : 'enrol' };
  }
  if (facts.termsDue) return { name: 'terms' };

  const done = (profileId: string | undefined): Step => ({
    name: 'done',
    accountId: who.accountId,
    authenticatedAt: who.at,
    level: who.level,
    profileId,
  });

  const { application } = facts;
  if (application === undefined) return done(undefined);

  const usable = application.profiles.filter(isUsable);
  const enter = ({ id, notice }: HeldProfile): Step => (notice ? { name: 'notice', profileId: id } : done(id));

  const isAskedFor = ({ subject }: { readonly subject: string }): boolean =>
    asks.subject === undefined || asks.subject === subject;

  // An answer about anybody but the one asked for is worse than none (OpenID Connect Core §3.1.2.1, §5.5.1).
  const chosen = usable.find(({ id }) => id === progress.profileId);
  if (chosen !== undefined && isAskedFor(chosen)) return enter(chosen);

  const standing = usable.find(({ id }) => id === application.standing);
  const sameBrowser = facts.session?.accountId === who.accountId;
  const mustAsk = asks.select || asks.create || asks.confirm;
  if (standing !== undefined && sameBrowser && !mustAsk && isAskedFor(standing)) return enter(standing);

  // A new profile would not be the one asked for.
  if (asks.subject !== undefined) return { name: 'choose' };
  const { further } = application;
  const offer = application.offers.find((name) => progress.putAside?.includes(name) !== true);
  if (usable.length === 0 && offer !== undefined) return { name: 'reclaim', offer };
  if (asks.create && progress.hasAsked !== true && further.kind !== 'refused') return { name: further.kind };
  if (usable.length === 0) {
    if (application.profiles.some(({ status }) => status === 'requested')) return { name: 'wait' };
    if (further.kind !== 'refused') return { name: further.kind };
  }
  if (application.profiles.length > 0) return { name: 'choose' };
  return further.kind === 'refused' ? { name: 'refuse', code: further.code } : { name: further.kind };
}
