import { z } from 'zod';

const level = z.union([z.literal(1), z.literal(2)]).default(1);
const proof = z.object({ accountId: z.string(), at: z.number(), level });

/** One sign-in on its way, as it is kept. */
export const journeyRecord = z.object({
  id: z.string(),
  protocol: z.enum(['portal', 'oidc', 'saml']),
  applicationId: z.string().optional(),
  asks: z.object({
    login: z.boolean(),
    select: z.boolean(),
    create: z.boolean(),
    confirm: z.boolean(),
    maxAge: z.number().optional(),
    level,
    subject: z.string().optional(),
  }),
  /** Hash of the value that only the browser that began the journey has. */
  browserHash: z.string(),
  startedAt: z.number(),
  proof: proof.optional(),
  profileId: z.string().optional(),
  /** Whether a new profile was asked for on this journey. */
  hasAsked: z.boolean().optional(),
  /** Names from before that were offered on this journey and put aside. */
  putAside: z.array(z.string()).optional(),
  /** The account that was asked for on this journey, and waits for an administrator's yes. */
  applicant: z.string().optional(),
  /** Where a sign-in without an application leads: a path of ours. */
  back: z.string().optional(),
  /** Whether it leads to a page of ours that is open to people who have not accepted the rules. */
  beforeTerms: z.boolean().optional(),
  /** The languages the application asked its pages in, as BCP 47 tags. */
  locales: z.array(z.string()).optional(),
});

/** One sign-in on its way. */
export type Journey = z.output<typeof journeyRecord>;

/** What a new journey starts with. */
export type Beginning = Pick<Journey, 'protocol' | 'applicationId' | 'asks' | 'back' | 'beforeTerms' | 'locales'>;
