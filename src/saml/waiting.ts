import { z } from 'zod';
import { NAME_ID_FORMATS } from '../applications/applications.ts';
import { JOURNEY_LIFE } from '../journey/journey.ts';
import { randomId } from '../storage/seal.ts';
import type { Transients } from '../storage/transient.ts';
import { AHEAD, OLDEST, STATUS_NAMES } from './judge.ts';

const signIn = z.object({
  providerId: z.string(),
  /** The ID of the request; none where the person came from a page of ours. */
  requestId: z.string().optional(),
  /** Whether it was signed by the service provider. */
  signed: z.boolean(),
  consumer: z.string(),
  nameId: z.enum(NAME_ID_FORMATS),
  contextClass: z.string(),
  strongClass: z.string().optional(),
  level: z.union([z.literal(1), z.literal(2)]).default(1),
  relayState: z.string().optional(),
  forceAuthn: z.boolean(),
  isPassive: z.boolean(),
  subject: z.string().optional(),
  /** Why it cannot be served, in the words of the protocol. */
  status: z.enum(STATUS_NAMES).optional(),
});

/** A sign-in that a service provider asked for, read and found good. */
export type WaitingSignIn = z.output<typeof signIn>;

const logout = z.object({
  providerId: z.string(),
  requestId: z.string(),
  binding: z.enum(['redirect', 'post']),
  relayState: z.string().optional(),
  nameId: z.string().optional(),
  sessionIndexes: z.array(z.string()),
});

/** A logout that a service provider asked for, read and found good. */
export type WaitingLogout = z.output<typeof logout>;

/** A session to be ended at a service provider. */
const target = z.object({
  providerId: z.string(),
  sessionIndex: z.string(),
  nameId: z.object({ format: z.string(), value: z.string() }),
});

/** Service providers of one application that are told, one after the other, that a session has ended. */
const leaving = z.object({
  applicationId: z.string(),
  /** Who was asked; nobody yet where the person is still to begin. */
  providerId: z.string().optional(),
  /** Who is still to be asked. */
  rest: z.array(target),
});

export type LogoutTarget = z.output<typeof target>;

const offers = z.array(z.object({ applicationId: z.string(), rest: z.array(target) }));

/** What can still be ended, by application, after somebody signed out. */
export type Offers = readonly z.output<typeof offers>[number][];

const MINUTE = 60_000;
/** How long a message that came by POST waits for the browser to come back with its cookies, in milliseconds. */
const POSTED_LIFE = 10 * MINUTE;
/** How long a service provider may take to answer a logout, and a person to begin one. */
const LOGOUT_LIFE = 10 * MINUTE;
/** As long as a message can still come to be acted on: believed on arrival, kept for the browser, then on a journey. */
const SEEN_LIFE = AHEAD + OLDEST + POSTED_LIFE + JOURNEY_LIFE;

export type Waiting = ReturnType<typeof makeWaiting>;

/** What waits for the browser: messages read and found good, each for minutes and once. */
export function makeWaiting(transients: Transients, now: () => number) {
  const at = <T>(model: string, shape: { parse: (value: unknown) => T }, life: number) => ({
    async put(value: T, id = randomId()): Promise<string> {
      await transients.put(model, id, value, now() + life);
      return id;
    },
    async find(id: string): Promise<T | undefined> {
      const kept = await transients.find(model, id);
      return kept === undefined || kept.consumed ? undefined : shape.parse(kept.value);
    },
    /** Like `find`, for one caller only, on any number of nodes. */
    async take(id: string): Promise<T | undefined> {
      const kept = await transients.find(model, id);
      return kept !== undefined && (await transients.consume(model, id)) ? shape.parse(kept.value) : undefined;
    },
  });

  return {
    /** Under the id of its journey. */
    signIns: at('SamlSignIn', signIn, JOURNEY_LIFE),
    postedSignIns: at('SamlPosted', signIn, POSTED_LIFE),
    logouts: at('SamlLogout', logout, POSTED_LIFE),
    /** Under the ID of the LogoutRequest that was sent. */
    leavings: at('SamlLeaving', leaving, LOGOUT_LIFE),
    offers: at('SamlOffers', offers, LOGOUT_LIFE),

    /** Takes note that a service provider's message was acted on; false when it was before (A88). */
    once: (providerId: string, messageId: string): Promise<boolean> =>
      transients.putOnce('SamlSeen', `${providerId}:${messageId}`, true, now() + SEEN_LIFE),
  };
}
