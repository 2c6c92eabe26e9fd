import { z } from 'zod';
import { SettingsProblem } from '../errors.ts';
import { isAcceptedRule, RULE_PRESETS } from './username-rule.ts';

/** Who may create profiles, and how many. Only `open` is offered yet. */
export const POLICIES = ['open', 'approved', 'further-approved', 'account-name', 'closed'] as const;

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

const domainName = z
  .string()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u);

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
  quota: z.number().int().min(1).max(100),
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
  senderDomains: z.array(domainName).max(50),
  /**
   * Whether people have names there already, which a new profile could collide with or take over: `awaited` lets nobody
   * create a profile until the names are imported or the administrator says that names never identify anybody there.
   */
  people: z.enum(PEOPLE).default('none'),
  /** Whether people prove a second factor before they enter. */
  secondFactor: z.boolean().default(false),
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
  people: 'none',
  secondFactor: false,
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
  people: 'choice_required',
  template: 'request_invalid',
};

/**
 * Checks an application's settings.
 * @throws {SettingsProblem} with a code for each field that is wrong.
 */
export function checkApplication(input: unknown): ApplicationSettings {
  const result = applicationSettings.safeParse(input);
  if (!result.success) {
    throw new SettingsProblem(
      result.error.issues.map((issue) => {
        const field = issue.path[1] === 'reserved' ? 'reserved' : String(issue.path[0]);
        const value =
          field === 'senderDomains'
            ? (input as { senderDomains: string[] }).senderDomains[Number(issue.path[1])]
            : undefined;
        return {
          field,
          code: CODES[field] ?? 'choice_required',
          params: value === undefined ? {} : { domain: value.slice(0, 80) },
        };
      }),
    );
  }
  if (result.data.policy !== 'open') {
    throw new SettingsProblem([{ field: 'policy', code: 'policy_not_offered', params: {} }]);
  }
  return result.data;
}
