import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Proof } from '../journey/journey.ts';

/** A browser's session; its body is only handed back to whoever keeps it. */
export type Session = {
  readonly uid: string;
  readonly proof: Proof;
  readonly body: { uid: string; authorizations?: Record<string, unknown> };
};

/**
 * The signed-in browsers, one session each for all protocols. A service provider takes part in a session under its id,
 * and what the session holds for it is called by a random `sid`: the SessionIndex.
 */
export type BrowserSessions = {
  /** How long a session may hold a profile for a participant, in milliseconds: it lives on while it is used anywhere. */
  readonly holdingLife: number;
  readSession(req: IncomingMessage, res: ServerResponse): Promise<Session | undefined>;
  standingProfile(
    session: Session | undefined,
    applicationId: string,
    participant?: string,
  ): Promise<string | undefined>;
  enter(
    req: IncomingMessage,
    res: ServerResponse,
    entry: { participant: string; profileId: string; proof: Proof; isFresh: boolean },
  ): Promise<{ readonly uid: string; readonly sid: string }>;
  participations(session: Session): Promise<{ participant: string; sid: string }[]>;
  leaveApplication(req: IncomingMessage, res: ServerResponse, applicationId: string): Promise<void>;
  /** Ends what a participant holds under the session of this uid, if it holds it by this `sid`. */
  endParticipation(uid: string, participant: string, sid: string): Promise<void>;
};
