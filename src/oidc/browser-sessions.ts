import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Sessions } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Proof } from '../journey/journey.ts';
import { hashId, randomId } from '../storage/seal.ts';
import { acrOf } from './acr.ts';
import { bodyOf, type Endings, type SessionBody } from './endings.ts';
import { GRANT_LIFE } from './grants.ts';
import type { SessionLife } from './session-life.ts';
import { authorizationsOf, proofOf, type Authorization, type Requests } from './prompts.ts';
import type { TokenStore } from './store.ts';

/** The session of a browser, as pages use it. */
export type BrowserSession = { readonly uid: string; readonly proof: Proof; readonly body: SessionBody };

/** One line in a person's list of signed-in browsers. Times in milliseconds. */
export type SignedInBrowser = {
  readonly handle: string;
  readonly uid: string;
  readonly device: string;
  readonly startedAt: number;
  readonly seenAt: number;
};

/** What a session holds for a participant after it was entered: `sid` is random, for this session, it and the profile alone. */
export type Entered = { readonly uid: string; readonly sid: string };

type Needs = {
  applications: Pick<Applications, 'clientsOf' | 'participantsOf'>;
  endings: Endings;
  life: SessionLife;
  now: () => number;
  pinAddress: (req: IncomingMessage) => void;
  provider: () => Provider;
  requests: Pick<Requests, 'standingProfile'>;
  secure: boolean;
  /** Runs `work` as part of serving a request. */
  serve: <T>(req: IncomingMessage, work: () => Promise<T>) => Promise<T>;
  sessions: Sessions;
  tokens: TokenStore;
};

type LibrarySession = InstanceType<Provider['Session']>;

/** The signed-in browsers. One session each, whatever protocols the applications speak. */
export function makeBrowserSessions(needs: Needs) {
  const { applications, endings, life, now, pinAddress, provider, requests, secure, serve, sessions, tokens } = needs;
  const cookie = { path: '/', httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;

  /** The library's session behind a request, and the context to answer in. */
  async function open(req: IncomingMessage, res: ServerResponse) {
    pinAddress(req);
    const ctx = provider().createContext(req, res);
    return { ctx, session: await provider().Session.get(ctx) };
  }

  type Opened = Awaited<ReturnType<typeof open>>;

  async function end({ ctx, session }: Opened, here: string | undefined): Promise<void> {
    await endings.endSession(session as unknown as SessionBody, here);
    await session.destroy();
    // Also where a request beside this one has just given it another id.
    await sessions.removeByHandle(hashId(session.uid));
    ctx.cookies.set(provider().cookieName('session'), null, cookie);
  }

  /** The session as that of whoever proved who they are, under a new id; what somebody else left in it is ended. */
  async function signIn({ ctx, session }: Opened, proof: Proof): Promise<LibrarySession> {
    if (session.accountId !== undefined && session.accountId !== proof.accountId)
      await end({ ctx, session }, undefined);
    const Session = provider().Session;
    const fresh = session.accountId === proof.accountId ? session : new Session();
    if (fresh === session) session.resetIdentifier();
    fresh.loginAccount({ accountId: proof.accountId, loginTs: Math.floor(proof.at / 1000), acr: acrOf(proof.level) });
    return fresh;
  }

  async function keep(req: IncomingMessage, { ctx }: Opened, session: LibrarySession): Promise<void> {
    const seconds = life.secondsLeft((session.loginTs ?? 0) * 1000);
    await serve(req, () => session.save(seconds));
    const expires = new Date(now() + seconds * 1000);
    ctx.cookies.set(provider().cookieName('session'), session.jti, { ...cookie, expires });
  }

  async function profileOf(authorization: Authorization | undefined): Promise<string | undefined> {
    return authorization?.grantId === undefined ? undefined : tokens.profileOf(authorization.grantId);
  }

  return {
    open,
    /** How long a session may hold the same for a participant, however often it is used, in milliseconds. */
    longestHold: GRANT_LIFE * 1000,

    /** The session of the browser behind a request; nothing where nobody is signed in. */
    async readSession(req: IncomingMessage, res: ServerResponse): Promise<BrowserSession | undefined> {
      const { session } = await open(req, res);
      const proof = proofOf(session);
      return proof === undefined ? undefined : { uid: session.uid, proof, body: session as unknown as SessionBody };
    },

    /** Signs a browser in to the portal, under a new session id. A session of somebody else is ended first. */
    async startSession(req: IncomingMessage, res: ServerResponse, proof: Proof): Promise<void> {
      const opened = await open(req, res);
      await keep(req, opened, await signIn(opened, proof));
    },

    /**
     * Has the browser's session hold a profile for a participant, a service provider for instance: signs in where the
     * person has just proven who they are (`isFresh`). While it holds the same profile it
     * keeps its `sid`; for another one it gets a new one, and what was granted for the one before ends.
     * @throws {UserError} expired, where there is no proof and the session is not theirs any more.
     */
    async enter(
      req: IncomingMessage,
      res: ServerResponse,
      entry: { participant: string; profileId: string; proof: Proof; isFresh: boolean },
    ): Promise<Entered> {
      const { participant, profileId, proof, isFresh } = entry;
      const opened = await open(req, res);
      // A session that ended since it was looked at stays ended: only a proof given just now makes another.
      if (!isFresh && opened.session.accountId !== proof.accountId) throw new UserError('expired');
      const session = isFresh ? await signIn(opened, proof) : opened.session;
      const [, before] = authorizationsOf(session).find(([id]) => id === participant) ?? [];
      let sid = before?.sid;
      if (sid === undefined || (await profileOf(before)) !== profileId) {
        sid = randomId();
        const grantId = randomId();
        await tokens.bind(grantId, profileId, now() + GRANT_LIFE * 1000);
        if (before?.grantId !== undefined) await tokens.revokeGrant(before.grantId);
        session.authorizations = { ...session.authorizations, [participant]: { sid, grantId } };
      }
      await keep(req, opened, session);
      return { uid: session.uid, sid };
    },

    /** Signs the browser out everywhere it went. `here`: the application where it happened, which hears at once. */
    async endSession(req: IncomingMessage, res: ServerResponse, here: string | undefined): Promise<void> {
      await end(await open(req, res), here);
    },

    /** Ends what an application holds under the browser's session. */
    async leaveApplication(req: IncomingMessage, res: ServerResponse, applicationId: string): Promise<void> {
      const { session } = await open(req, res);
      const gone = await endings.leave(session as unknown as SessionBody, applicationId);
      for (const participant of gone) delete session.authorizations?.[participant];
      await serve(req, () => session.persist());
    },

    /**
     * The profile that the session's grants at an application are for; what `participant` holds is looked at first.
     */
    async standingProfile(
      session: Pick<BrowserSession, 'body'> | undefined,
      applicationId: string,
      participant?: string,
    ): Promise<string | undefined> {
      return session === undefined ? undefined : requests.standingProfile(session.body, applicationId, participant);
    },

    /** What a session holds, by participant, where a profile stands behind it still. */
    async participations(session: Pick<BrowserSession, 'body'>): Promise<{ participant: string; sid: string }[]> {
      const held = await Promise.all(
        authorizationsOf(session.body).map(async ([participant, authorization]) => {
          const { sid } = authorization;
          return sid === undefined || (await profileOf(authorization)) === undefined ? [] : [{ participant, sid }];
        }),
      );
      return held.flat();
    },

    /** The signed-in browsers of an account. */
    async browsers(accountId: string): Promise<SignedInBrowser[]> {
      const stored = await sessions.ofAccount(accountId);
      return stored
        .map((entry) => {
          const { uid, loginTs } = bodyOf(entry);
          return {
            handle: entry.handle,
            uid,
            device: typeof entry.body['device'] === 'string' ? entry.body['device'] : '',
            startedAt: (loginTs ?? 0) * 1000,
            seenAt: Number(entry.body['seenAt'] ?? 0),
          };
        })
        .toSorted((a, b) => b.seenAt - a.seenAt);
    },

    /**
     * Makes the next sign-in at an application ask which profile. The application's own session stays: it is told
     * nothing.
     */
    async askAgain(req: IncomingMessage, res: ServerResponse, applicationId: string): Promise<void> {
      const { session } = await open(req, res);
      const participants = await applications.participantsOf(applicationId);
      for (const [participant, { grantId, persistsLogout }] of authorizationsOf(session)) {
        if (!participants.has(participant)) continue;
        if (grantId !== undefined && persistsLogout !== true) await tokens.revokeGrant(grantId);
        delete session.authorizations?.[participant];
      }
      await serve(req, () => session.persist());
    },
  };
}
