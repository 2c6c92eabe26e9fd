import type { Applications } from '../applications/applications.ts';
import type { Accounts, Sessions, StoredSession } from '../accounts/accounts.ts';
import { subjectOf, type Profiles } from '../profiles/profiles.ts';
import { randomDelay, type LogoutMessage, type LogoutQueue } from './logout-queue.ts';
import { authorizationsOf, type Authorization } from './prompts.ts';
import type { TokenStore } from './store.ts';

/** The part of a session that endings need. */
export type SessionBody = {
  uid: string;
  accountId?: string;
  acr?: string;
  loginTs?: number;
  exp?: number;
  authorizations?: Record<string, unknown>;
};

type Needs = {
  accounts: Pick<Accounts, 'endProofs'>;
  applications: Applications;
  profiles: Pick<Profiles, 'find' | 'all'>;
  sessions: Sessions;
  tokens: TokenStore;
  queue: LogoutQueue;
  now: () => number;
};

export type Endings = ReturnType<typeof makeEndings>;

/** The library's record inside a stored session. */
export function bodyOf(stored: StoredSession): SessionBody {
  return stored.body['payload'] as SessionBody;
}

/**
 * Ends what was granted. Refusal is immediate and everywhere; what is sent because of it goes at once to the
 * application where it happened, and to each other one after a delay of its own (P1).
 */
export function makeEndings({ accounts, applications, profiles, sessions, tokens, queue, now }: Needs) {
  async function messageFor(
    clientId: string,
    { sid, grantId }: Authorization,
    delay: number,
  ): Promise<LogoutMessage[]> {
    if (sid === undefined || grantId === undefined) return [];
    const client = await applications.findClient(clientId);
    if (client?.backchannelLogoutUri === undefined) return [];
    const application = await applications.find(client.applicationId);
    const profileId = await tokens.profileOf(grantId);
    const profile = profileId === undefined ? undefined : await profiles.find(profileId);
    if (application === undefined || profile === undefined) return [];
    return [{ clientId, subject: subjectOf(application, profile), sid, due: now() + delay, tries: 0 }];
  }

  async function endAuthorization(
    clientId: string,
    authorization: Authorization,
    delay: number,
    beyondSession: boolean,
  ): Promise<void> {
    // The message first: it needs the grant to know its subject.
    await queue.add(await messageFor(clientId, authorization, delay));
    if (authorization.grantId !== undefined && (beyondSession || authorization.persistsLogout !== true)) {
      await tokens.revokeGrant(authorization.grantId);
    }
  }

  async function participantsOf(applicationId: string | undefined): Promise<ReadonlySet<string>> {
    return applicationId === undefined ? new Set() : applications.participantsOf(applicationId);
  }

  /**
   * Ends everything under a session. `here` is the application where it happened, which hears at once.
   * `beyondSession` also ends what was granted to outlive it.
   */
  async function endSession(body: SessionBody, here: string | undefined, beyondSession = false): Promise<void> {
    const atOnce = await participantsOf(here);
    for (const [clientId, authorization] of authorizationsOf(body)) {
      await endAuthorization(clientId, authorization, atOnce.has(clientId) ? 0 : randomDelay(), beyondSession);
    }
  }

  /** Writes a session back without what is gone, as it stands by now. */
  async function forget(
    { handle }: StoredSession,
    isGone: (clientId: string, authorization: Authorization) => boolean,
    more: Partial<SessionBody> = {},
  ): Promise<void> {
    await sessions.change(handle, (stored) => {
      const body = stored['payload'] as SessionBody;
      const authorizations = Object.fromEntries(authorizationsOf(body).filter((entry) => !isGone(...entry)));
      return { ...stored, payload: { ...body, ...more, authorizations } };
    });
  }

  return {
    endSession,

    /** What one application holds under a session ends; returns which clients and service providers it has. */
    async leave(body: SessionBody, applicationId: string): Promise<ReadonlySet<string>> {
      const clients = await participantsOf(applicationId);
      for (const [clientId, authorization] of authorizationsOf(body)) {
        if (clients.has(clientId)) await endAuthorization(clientId, authorization, 0, false);
      }
      return clients;
    },

    /** Ends every grant of an account, in sessions and beyond, and all its sessions but one. */
    async endAccount(accountId: string, keepUid?: string): Promise<void> {
      // First, so that a sign-in that is on its way with an older proof comes to nothing.
      await accounts.endProofs(accountId);
      for (const stored of await sessions.ofAccount(accountId)) {
        const body = bodyOf(stored);
        const keep = keepUid !== undefined && body.uid === keepUid;
        await endSession(body, undefined, true);
        if (keep) {
          // The person is proven anew by what they have just done.
          const clients = new Set(authorizationsOf(body).map(([clientId]) => clientId));
          await forget(stored, (clientId) => clients.has(clientId), { loginTs: Math.floor(now() / 1000) });
        } else await sessions.removeByHandle(stored.handle);
      }
      const everywhere = (await applications.list()).map(({ id }) => id);
      for (const { id } of await profiles.all(accountId, everywhere)) await tokens.revokeProfile(id);
    },

    /** Ends one session of an account, named by its handle; says nothing where it is not the account's. */
    async endOne(accountId: string, handle: string): Promise<void> {
      for (const stored of await sessions.ofAccount(accountId)) {
        if (stored.handle !== handle) continue;
        await endSession(bodyOf(stored), undefined);
        await sessions.removeByHandle(handle);
      }
    },

    /**
     * Ends what one client or service provider holds under the session of this uid, as it names it (`sid`), whichever
     * browser asks; nothing where it does not hold that any more.
     */
    async endParticipation(uid: string, participant: string, sid: string): Promise<void> {
      const stored = await sessions.findByUid(uid);
      if (stored === undefined) return;
      const [, authorization] = authorizationsOf(bodyOf(stored)).find(([id]) => id === participant) ?? [];
      if (authorization?.sid !== sid) return;
      await endAuthorization(participant, authorization, 0, false);
      await forget(stored, (id, held) => id === participant && held.sid === sid);
    },

    /** Ends every grant of a profile, in all sessions and beyond; its application hears at once. */
    async endProfile(accountId: string, profileId: string): Promise<void> {
      for (const stored of await sessions.ofAccount(accountId)) {
        const gone = new Set<string>();
        for (const [clientId, authorization] of authorizationsOf(bodyOf(stored))) {
          if (authorization.grantId === undefined || (await tokens.profileOf(authorization.grantId)) !== profileId)
            continue;
          await endAuthorization(clientId, authorization, 0, true);
          gone.add(clientId);
        }
        if (gone.size > 0) await forget(stored, (clientId) => gone.has(clientId));
      }
      await tokens.revokeProfile(profileId);
    },
  };
}
