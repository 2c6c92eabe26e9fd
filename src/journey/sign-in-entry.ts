import { z } from 'zod';

/**
 * How far a sign-in came, in order: what is known of one sign-in from two sides is settled by the later one. Those of
 * the first two lines can be caused by anybody who knows the address of a client.
 */
const STAGES = {
  begun: 0,
  redirect_unknown: 1,
  pkce_missing: 1,
  pkce_method: 1,
  scope_invalid: 1,
  response_type: 1,
  request_invalid: 1,
  level_unknown: 1,
  silent_login: 1,
  silent_choice: 1,
  silent_max_age: 1,
  too_many: 1,
  gave_up: 1,
  entry_refused: 1,
  quota_full: 1,
  names_awaited: 1,
  no_profile: 1,
  saml_refused: 1,
  saml_status: 1,
  issued: 2,
  secret_wrong: 3,
  method_wrong: 3,
  credentials_twice: 3,
  assertion_algorithm: 3,
  assertion_invalid: 3,
  code_unknown: 3,
  code_elsewhere: 3,
  code_late: 3,
  verifier_missing: 3,
  verifier_wrong: 3,
  redirect_differs: 3,
  refused_since: 3,
  exchange_invalid: 3,
  internal: 3,
  succeeded: 4,
  saml_answered: 4,
  code_reused: 5,
} as const;

/** How a sign-in ended, or how far it is. */
export type Outcome = keyof typeof STAGES;

/** How a sign-in ended that the journey refuses with this code. Why somebody gets no profile is their own business. */
export function outcomeOfRefusal(code: string): Outcome {
  return code === 'entry_refused' || code === 'quota_full' || code === 'names_awaited' ? code : 'no_profile';
}

export const OUTCOMES = Object.keys(STAGES) as [Outcome, ...Outcome[]];

const entry = z.object({
  id: z.string(),
  /** Milliseconds, to the minute. */
  at: z.number(),
  outcome: z.enum(OUTCOMES),
  clientId: z.string().max(64),
  /** How often, where equal ones are counted together. */
  count: z.number(),
  /** Whether anybody at all may have caused it: neither a person nor a client proved who they are. */
  stranger: z.boolean(),
  /** Hashes of what its later steps present: they find it again. Gone once nothing more is to come. */
  refs: z.array(z.string()),
  userinfo: z.enum(['fetched', 'refused']).optional(),
  /** A return address, without its query, or the words of the protocol for what is wrong. */
  asked: z.string().optional(),
  /** How the client proved who it is, or tried to. */
  used: z.enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']).optional(),
  /** Scopes that do not exist here. */
  unknownScopes: z.string().optional(),
  /** It did not ask for `openid`: it gets no ID token. */
  withoutOpenid: z.boolean().optional(),
});

/** One sign-in, or several equal ones. Nobody is named in it. */
export type SignInEntry = z.output<typeof entry>;

export const entries = z.array(entry);

const MINUTE = 60_000;
/** The most that is kept for an application. */
export const KEPT = 10;
/** The most places that strangers may take while others need them. */
const FOR_STRANGERS = 5;
/** Of the sign-ins that are only begun, this many are found again; anybody can begin some. */
const BEGUN = 3;
const REFS = 4;
const MOST = 1_000_000;

/** How long something more may come of an entry, in milliseconds. */
function openFor({ outcome, userinfo }: SignInEntry): number {
  // As long as a journey; as long as an access token; as long as a client may try again.
  if (STAGES[outcome] < STAGES.issued) return 60 * MINUTE;
  return outcome === 'succeeded' && userinfo === undefined ? 11 * MINUTE : 2 * MINUTE;
}

/** Whether the person is, or the application's server, still expected to go on. */
export function isUnderWay(one: SignInEntry, now: number): boolean {
  return one.refs.length > 0 && now - one.at < openFor(one);
}

function kindOf({ outcome, clientId, userinfo, used, unknownScopes, withoutOpenid, asked }: SignInEntry): string {
  // Of SAML it is one of a few words, and says what went wrong.
  const word = outcome === 'saml_refused' || outcome === 'saml_status' ? asked : '';
  return `${outcome}\n${clientId}\n${userinfo}\n${used}\n${withoutOpenid}\n${unknownScopes}\n${word}`;
}

/** Two records of one sign-in made into one: the further one says how it ended. */
function combine(a: SignInEntry, b: SignInEntry): SignInEntry {
  const [less, more] = STAGES[a.outcome] > STAGES[b.outcome] ? [b, a] : [a, b];
  // A code that we gave and do not know any more was ended together with what it stood for.
  const isEnded = less.outcome === 'issued' && more.outcome === 'code_unknown';
  const again = a.outcome === b.outcome && a.stranger && b.stranger;
  const userinfo = [a.userinfo, b.userinfo].includes('fetched') ? 'fetched' : (more.userinfo ?? less.userinfo);
  return {
    ...less,
    ...more,
    outcome: isEnded ? 'refused_since' : more.outcome,
    at: Math.max(a.at, b.at),
    count: again ? Math.min(a.count + b.count, MOST) : 1,
    stranger: a.stranger && b.stranger,
    refs: [...new Set([...a.refs, ...b.refs])].slice(-REFS),
    ...(userinfo === undefined ? {} : { userinfo }),
  };
}

/** Counts equal ones together: those of strangers wherever they stand, others where they follow each other. */
function countTogether(list: readonly SignInEntry[], now: number): SignInEntry[] {
  const kept: SignInEntry[] = [];
  const kinds: string[] = [];
  let begun = 0;
  for (const one of list) {
    const waits = isUnderWay(one, now) && (one.outcome !== 'begun' || begun < BEGUN);
    if (one.outcome === 'begun' && waits) begun += 1;
    const settled = waits ? one : { ...one, refs: [] };
    const kind = kindOf(one);
    const isAlone = waits && (!one.stranger || one.outcome === 'begun');
    const at = isAlone
      ? -1
      : kept.findIndex(
          (other, place) =>
            kinds[place] === kind &&
            (one.stranger ? other.stranger : !other.stranger && place === kept.length - 1) &&
            (other.outcome !== 'begun' || other.refs.length === 0) &&
            (one.stranger || other.refs.length === 0),
        );
    const same = kept[at];
    if (same === undefined) {
      kept.push(settled);
      kinds.push(kind);
    } else kept[at] = { ...same, refs: [], count: Math.min(same.count + one.count, MOST) };
  }
  return kept;
}

/** Keeps ten: what strangers caused goes first, down to its share, then the oldest. */
function dropOldest(list: readonly SignInEntry[]): SignInEntry[] {
  const kept = [...list];
  while (kept.length > KEPT) {
    const strangers = kept.filter(({ stranger }) => stranger).length;
    kept.splice(strangers > FOR_STRANGERS ? kept.findLastIndex(({ stranger }) => stranger) : kept.length - 1, 1);
  }
  return kept;
}

/** The entries with something added to the one it belongs to, if it is there. */
export function withAddition(list: readonly SignInEntry[], addition: SignInEntry): SignInEntry[] {
  return list.map((one) =>
    one.refs.some((ref) => addition.refs.includes(ref)) ? { ...combine(one, addition), at: one.at } : one,
  );
}

/** The entries with one more record, newest first: of a sign-in that is among them, or of a new one. */
export function withRecord(list: readonly SignInEntry[], record: SignInEntry, now: number): SignInEntry[] {
  const isSame = ({ refs, count }: SignInEntry): boolean =>
    count === 1 && refs.some((ref) => record.refs.includes(ref));
  const all = [...list.filter(isSame), record].reduce(combine);
  const rest = list.filter((one) => !isSame(one));
  const sorted = [all, ...rest].toSorted((a, b) => b.at - a.at);
  return dropOldest(countTogether(sorted, now));
}
