import { z } from 'zod';
import { SettingsProblem } from '../errors.ts';
import { DOMAIN_NAME } from './sender-domains.ts';
import { isSenderNetwork } from './sender-networks.ts';
import { isAcceptedRule, RULE_PRESETS } from './username-rule.ts';

/**
 * Who may create profiles: anybody; anybody one, and further ones after a moderator's yes; each after a moderator's yes;
 * whoever a moderator hands a link to; anybody one, named like the account; nobody.
 */
export const POLICIES = ['open', 'further-approved', 'approved', 'invited', 'account-name', 'closed'] as const;

/** What is known of people who use an application already. */
export const PEOPLE = ['none', 'awaited', 'imported', 'not-by-name'] as const;

const httpAddress = z
  .string()
  .max(500)
  .refine((text) => URL.canParse(text) && /^https?:$/u.test(new URL(text).protocol));

/**
 * Icons are kept here as data: an icon fetched from the application would tell it who looks at a page of ours, and
 * from which network address (P1).
 */
const icon = z
  .string()
  .max(64 * 1024 + 32)
  .regex(/^data:image\/(png|jpeg|webp|gif|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}$/u);

/** What an application hands mail over with: one, and a second while one is replaced. */
export const SUBMISSION_MAX = 2;

/** A credential for handing mail over. */
const submissionCredential = z.object({
  id: z.string(),
  /** SHA-256 of the secret in base64url. */
  hash: z.string(),
  /** An ISO date. */
  createdDay: z.string(),
});

export type SubmissionCredential = z.output<typeof submissionCredential>;

const usernameRule = z
  .object({
    preset: z.string(),
    /** A whole-name pattern in RE2 syntax, so that matching takes linear time whatever is written. */
    pattern: z.string().min(1).max(200),
    min: z.number().int().min(1).max(64),
    max: z.number().int().min(1).max(64),
    reserved: z.array(z.string().min(1).max(64)).max(1000),
  })
  .refine(isAcceptedRule);

/** What an application is, says about profiles, and is told. */
export const applicationSettings = z.object({
  name: z.string().trim().min(1).max(60),
  /** The address people go to; every page that ends leads back here. */
  homeUrl: httpAddress,
  iconUrl: icon.optional(),
  policy: z.enum(POLICIES),
  quota: z.number().int().min(0).max(100),
  /** Whether policy, quota and names are the administrators' to change, not the moderators'. */
  rulesLocked: z.boolean().default(false),
  rule: usernameRule,
  /** Who may enter; an empty list of groups lets nobody in. */
  entry: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('nobody') }),
    z.object({ kind: z.literal('everyone') }),
    z.object({ kind: z.literal('groups'), groups: z.array(z.string()).max(100) }),
  ]),
  /** What `sub` carries: a random value, or the profile's name for services that show the subject. */
  subject: z.enum(['random', 'name']),
  email: z.enum(['alias', 'none']),
  /** The domains its mail comes from. */
  senderDomains: z.array(z.string().regex(DOMAIN_NAME)).max(50),
  /** Addresses and networks of its machines: what they bring needs no other proof. */
  senderNetworks: z.array(z.string().refine(isSenderNetwork)).max(20).default([]),
  submission: z.array(submissionCredential).max(SUBMISSION_MAX).default([]),
  /**
   * Whether people have names there already, which a new profile could collide with or take over: `awaited` lets nobody
   * create a profile until the names are imported or the administrator says that names never identify anybody there.
   */
  people: z.enum(PEOPLE).default('none'),
  /** Whether people prove a second factor before they enter. */
  secondFactor: z.boolean().default(false),
  /** How its moderators work. */
  moderation: z
    .object({
      /** Whether an urgent new profile is given at once and looked at afterwards. */
      urgentAtOnce: z.boolean().default(false),
      /** After so many days a request is the administrators' matter too. */
      overdueDays: z.number().int().min(1).max(90).default(7),
      /** What moderators give as reasons, in the words of the house; where there are none, the usual ones. */
      reasons: z
        .array(
          z.object({
            id: z.string().regex(/^[a-z0-9-]{1,40}$/u),
            fr: z.string().trim().min(1).max(120),
            en: z.string().trim().min(1).max(120),
          }),
        )
        .max(30)
        .default([]),
    })
    .default({ urgentAtOnce: false, overdueDays: 7, reasons: [] }),
  /**
   * Names that people had there before: whether one that was taken back counts in the quota, and whether the application
   * is told the address that it knew its owner by, instead of the alias, in the first sign-in.
   */
  oldNames: z
    .object({ count: z.boolean().default(true), sendAddress: z.boolean().default(false) })
    .default({ count: true, sendAddress: false }),
  /** The template it was made from, with the answers its instructions are filled in with. */
  template: z
    .object({ id: z.string().regex(/^[a-z-]{1,40}$/u), answers: z.record(z.string().max(40), z.string().max(500)) })
    .optional(),
});

export type ApplicationSettings = z.output<typeof applicationSettings>;

/** A new application's settings where the administrator did not say otherwise: nobody may enter. */
export const APPLICATION_DEFAULTS: Omit<ApplicationSettings, 'name' | 'homeUrl'> = {
  policy: 'open',
  quota: 5,
  rule: RULE_PRESETS.fediverse,
  entry: { kind: 'nobody' },
  subject: 'random',
  email: 'alias',
  senderDomains: [],
  senderNetworks: [],
  submission: [],
  people: 'none',
  secondFactor: false,
  rulesLocked: false,
  moderation: { urgentAtOnce: false, overdueDays: 7, reasons: [] },
  oldNames: { count: true, sendAddress: false },
};

const CODES: Record<string, string> = {
  name: 'application_name_required',
  homeUrl: 'url_invalid',
  iconUrl: 'icon_invalid',
  policy: 'policy_not_offered',
  quota: 'quota_invalid',
  rule: 'pattern_invalid',
  reserved: 'reserved_names_invalid',
  entry: 'choice_required',
  subject: 'choice_required',
  email: 'choice_required',
  senderDomains: 'domain_invalid',
  senderNetworks: 'network_invalid',
  submission: 'request_invalid',
  people: 'choice_required',
  moderation: 'reasons_invalid',
  overdueDays: 'overdue_days_invalid',
  template: 'request_invalid',
};

/** The item of a list that is wrong, cut short; none where the list itself is, for it is too long. */
function wrongItem(input: unknown, field: string, at: unknown): Record<string, string> {
  const name = { senderDomains: 'domain', senderNetworks: 'network' }[field];
  if (name === undefined) return {};
  const list: unknown = (input as Record<string, unknown>)[field];
  const item: unknown = Array.isArray(list) ? list[Number(at)] : undefined;
  return { [name]: typeof item === 'string' ? item.slice(0, 80) : '…' };
}

/**
 * Checks an application's settings.
 * @throws {SettingsProblem} with a code for each field that is wrong.
 */
export function checkApplication(input: unknown): ApplicationSettings {
  const result = applicationSettings.safeParse(input);
  if (!result.success) {
    throw new SettingsProblem(
      result.error.issues.map((issue) => {
        const [first, second] = issue.path;
        const field = second === 'reserved' || second === 'overdueDays' ? second : String(first);
        return { field, code: CODES[field] ?? 'choice_required', params: wrongItem(input, field, issue.path[1]) };
      }),
    );
  }
  return result.data;
}
