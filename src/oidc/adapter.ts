import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import type { Sessions } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import type { Transients } from '../storage/transient.ts';
import { metadataOf } from './client-metadata.ts';
import { mergeSessions, note, type Found } from './session-merge.ts';
import type { TokenStore } from './store.ts';

type Needs = {
  applications: Applications;
  sessions: Sessions;
  tokens: TokenStore;
  transients: Transients;
  issuer: string;
  now: () => number;
  /** A few words about the browser of the request being served, for its owner's list of sessions. */
  device: () => string;
};

const unsupported = async (): Promise<never> => {
  throw new Error('not stored here');
};

/** The library's storage. Each model goes to the table of its side; clients come from `applications/`. */
export function makeAdapter(needs: Needs): AdapterFactory {
  return (model) => {
    switch (model) {
      case 'Client':
        return clientAdapter(needs);
      case 'Session':
        return sessionAdapter(needs);
      case 'Interaction':
      case 'PushedAuthorizationRequest':
        return transientAdapter(needs, model);
      default:
        return tokenAdapter(needs, model);
    }
  };
}

function clientAdapter({ applications, issuer }: Needs): Adapter {
  return {
    async find(id) {
      const client = await applications.findClient(id);
      return client === undefined ? undefined : metadataOf(client, issuer);
    },
    upsert: unsupported,
    findByUid: unsupported,
    findByUserCode: unsupported,
    consume: unsupported,
    destroy: unsupported,
    revokeByGrantId: unsupported,
  };
}

/** A session that is only used is written again after this long, in milliseconds: its end moves, nothing else changes. */
const REWRITE_AFTER = 3_600_000;
/** Each failure to write a session means that another request of the same browser went through. */
const TRIES = 50;
/** How many sessions are remembered as unchanged; forgetting one costs a write. */
const REMEMBERED = 1000;

function sessionAdapter({ sessions, now, device }: Needs): Adapter {
  const stored = new Map<string, { said: string; seenAt: number }>();
  const saidBy = ({ exp: _exp, iat: _iat, ...said }: AdapterPayload): string => JSON.stringify(said);
  const remember = (id: string, payload: AdapterPayload, seenAt: number): void => {
    if (stored.size >= REMEMBERED) stored.clear();
    stored.set(id, { said: saidBy(payload), seenAt });
  };
  const withFound = (id: string, version: string, payload: AdapterPayload): AdapterPayload & { found: Found } => {
    const found: Found = {};
    note(found, id, version, payload);
    return { ...payload, found };
  };
  return {
    async upsert(id, { found = {}, ...payload }: AdapterPayload & { found?: Found }, expiresIn) {
      // A browser that nobody is signed in with has nothing to remember, and anybody could make such rows (P8).
      if (payload.accountId === undefined && found.id === undefined) return;
      // The library saves a session at every use. What says nothing new is not worth a commit.
      const before = stored.get(id);
      const at = now();
      // In either direction: what was written while the clock ran ahead is set right.
      const isFresh = before !== undefined && Math.abs(at - before.seenAt) < REWRITE_AFTER;
      if (isFresh && before.said === saidBy(payload)) return;
      const uid = payload.uid ?? id;
      let written = { id, payload };
      // What the last look showed, to write over nothing newer; what was found at first, to see what is ours.
      let seen = { id: found.id, version: found.version };
      const base = { ...found };
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const body = { payload: written.payload, device: device(), seenAt: at };
        const expiresAt = at + (expiresIn ?? 0) * 1000;
        const { accountId } = written.payload;
        const version = await sessions.put(written.id, uid, accountId, expiresAt, body, seen.id, seen.version);
        if (version !== undefined) {
          note(found, written.id, version, written.payload);
          remember(written.id, written.payload, at);
          return;
        }
        // Another request of this browser was faster, or ended the session: what is gone stays gone.
        const current = await sessions.findByUid(uid);
        const theirs = current?.body['payload'] as AdapterPayload | undefined;
        const merged = theirs === undefined ? undefined : mergeSessions(base, payload, theirs);
        if (current === undefined || theirs?.jti === undefined || merged?.jti === undefined) return;
        written = { id: merged.jti, payload: merged };
        seen = { id: theirs.jti, version: current.version };
      }
      throw new Error('a session changed too often');
    },
    async find(id) {
      const kept = await sessions.find(id);
      const payload = kept?.body['payload'] as AdapterPayload | undefined;
      if (kept === undefined || payload === undefined) {
        stored.delete(id);
        return undefined;
      }
      remember(id, payload, Number(kept.body['seenAt'] ?? 0));
      return withFound(id, kept.version, payload);
    },
    async findByUid(uid) {
      const kept = await sessions.findByUid(uid);
      const payload = kept?.body['payload'] as AdapterPayload | undefined;
      return kept === undefined || payload?.jti === undefined ? payload : withFound(payload.jti, kept.version, payload);
    },
    async destroy(id) {
      stored.delete(id);
      await sessions.remove(id);
    },
    findByUserCode: unsupported,
    consume: unsupported,
    revokeByGrantId: unsupported,
  };
}

function transientAdapter({ transients, now }: Needs, model: string): Adapter {
  return {
    upsert: (id, payload, expiresIn) => transients.put(model, id, payload, now() + (expiresIn ?? 0) * 1000),
    async find(id) {
      const kept = await transients.find(model, id);
      if (kept === undefined) return undefined;
      return { ...(kept.value as AdapterPayload), ...(kept.consumed ? { consumed: true } : {}) };
    },
    async consume(id) {
      if (!(await transients.consume(model, id))) {
        throw new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used');
      }
    },
    destroy: (id) => transients.remove(model, id),
    findByUid: unsupported,
    findByUserCode: unsupported,
    revokeByGrantId: unsupported,
  };
}

function tokenAdapter({ tokens, now }: Needs, model: string): Adapter {
  return {
    async upsert(id, payload, expiresIn) {
      const grantId = model === 'Grant' ? id : payload.grantId;
      await tokens.put(model, id, grantId, payload, now() + (expiresIn ?? 0) * 1000);
    },
    async find(id) {
      const kept = await tokens.find(model, id);
      if (kept === undefined) return undefined;
      return { ...kept.payload, ...(kept.consumed ? { consumed: true } : {}) };
    },
    async consume(id) {
      if (!(await tokens.consume(model, id))) throw new errors.InvalidGrant('already used');
    },
    destroy: (id) => (model === 'Grant' ? tokens.revokeGrant(id) : tokens.remove(model, id)),
    revokeByGrantId: (grantId) => tokens.revokeModel(model, grantId),
    findByUid: unsupported,
    findByUserCode: unsupported,
  };
}
