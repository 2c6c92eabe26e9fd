import { z } from 'zod';

/** What can be asked to see behind a profile. */
export const UNSEALED = ['login', 'mailbox', 'here', 'everywhere', 'connections'] as const;

export type Unsealed = (typeof UNSEALED)[number];

/** When the person is told: after the usual delay, on a later day, or not at all, where the law forbids it. */
export const TELLINGS = ['usual', 'later', 'never'] as const;

export type Telling = (typeof TELLINGS)[number];

/** What came of a request of an authority. */
export const ANSWERS = ['given', 'partly', 'refused', 'nothing'] as const;

/** Why somebody was not told: nobody looked; the account is gone, or nothing ties the profile to it any more. */
export const UNTOLD = ['never_shown', 'gone'] as const;

/** ISO 8601, in UTC, to the second. */
const at = z.string();
/** An ISO date. */
const day = z.string();

/** A profile as it is named in the register: never with the person. */
const about = { application: z.string(), profile: z.string(), profileId: z.string() };

/** A step of an unsealing after the first, which it names by the number of its entry. */
const step = { at, request: z.number() };

/** The login name of whoever did it. */
const by = z.string();

/**
 * What an entry of the register says. Administrators are named by their login names, for accounts may go and the register
 * does not. Nothing that was unsealed stands in it.
 */
export const registerContent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('unsealing_asked'),
    at,
    by,
    ...about,
    wanted: z.array(z.enum(UNSEALED)),
    from: day.optional(),
    to: day.optional(),
    reference: z.string(),
    reason: z.string(),
    telling: z.enum(TELLINGS),
    tellDay: day.optional(),
    /** Since which day they are an administrator, and who made them one; absent where that is longer than it is known. */
    since: day.optional(),
    appointedBy: z.string().optional(),
  }),
  z.object({
    kind: z.literal('unsealing_confirmed'),
    ...step,
    by,
    since: day.optional(),
    appointedBy: z.string().optional(),
  }),
  z.object({ kind: z.literal('unsealing_declined'), ...step, by, words: z.string() }),
  z.object({ kind: z.literal('unsealing_withdrawn'), ...step, by }),
  z.object({ kind: z.literal('unsealing_lapsed'), ...step }),
  z.object({ kind: z.literal('unsealing_shown'), ...step, by }),
  z.object({ kind: z.literal('unsealing_told'), ...step }),
  z.object({
    kind: z.literal('unsealing_untold'),
    ...step,
    why: z.enum(UNTOLD),
  }),
  z.object({
    kind: z.literal('authority_request'),
    at,
    by,
    authority: z.string(),
    basis: z.string(),
    asked: z.string(),
    received: day,
    deadline: day.optional(),
  }),
  z.object({
    kind: z.literal('authority_answer'),
    ...step,
    by,
    answer: z.enum(ANSWERS),
    words: z.string(),
    answered: day,
  }),
]);

export type RegisterContent = z.output<typeof registerContent>;

export type RegisterKind = RegisterContent['kind'];

/** Every kind there is, for whoever has words for them. */
export const REGISTER_KINDS: readonly RegisterKind[] = registerContent.options.map((option) => option.shape.kind.value);

/** A time (milliseconds) as entries write it. */
export const momentOf = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

function sorted(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as { readonly [key: string]: Json });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

/** The one text of a content: JSON on one line, with sorted keys and without spaces. It is what is hashed. */
export function canonical(content: RegisterContent): string {
  return JSON.stringify(sorted(JSON.parse(JSON.stringify(content)) as Json)).replaceAll(
    /[\u2028\u2029]/gu,
    (end) => `\\u${end.charCodeAt(0).toString(16)}`,
  );
}
