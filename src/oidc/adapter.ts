import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import type { Sessions } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import type { Transients } from '../storage/transient.ts';
import { metadataOf } from './client-metadata.ts';
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

/** A session that is only used is written again after this long, in seconds: its end moves, nothing else changes. */
const REWRITE_AFTER = 3600;
/** How many sessions are remembered as unchanged; forgetting one costs a write. */
const REMEMBERED = 1000;

function sessionAdapter({ sessions, now, device }: Needs): Adapter {
  const stored = new Map<string, { said: string; exp: number }>();
  const saidBy = ({ exp: _exp, iat: _iat, ...said }: AdapterPayload): string => JSON.stringify(said);
  const remember = (id: string, payload: AdapterPayload): void => {
    if (stored.size >= REMEMBERED) stored.clear();
    stored.set(id, { said: saidBy(payload), exp: payload.exp ?? 0 });
  };
  return {
    async upsert(id, { foundAs, ...payload }: AdapterPayload & { foundAs?: unknown }, expiresIn) {
      // A browser that nobody is signed in with has nothing to remember, and anybody could make such rows (P8).
      if (payload.accountId === undefined && foundAs === undefined) return;
      // The library saves a session at every use. What says nothing new is not worth a commit.
      const before = stored.get(id);
      if (before?.said === saidBy(payload) && (payload.exp ?? 0) - before.exp < REWRITE_AFTER) return;
      const at = now();
      const body = { payload, device: device(), seenAt: at };
      const found = typeof foundAs === 'string' ? foundAs : undefined;
      await sessions.put(id, payload.uid ?? id, payload.accountId, at + (expiresIn ?? 0) * 1000, body, found);
      remember(id, payload);
    },
    async find(id) {
      const payload = (await sessions.find(id))?.body['payload'] as AdapterPayload | undefined;
      if (payload === undefined) stored.delete(id);
      else remember(id, payload);
      return payload === undefined ? undefined : { ...payload, foundAs: id };
    },
    async findByUid(uid) {
      return (await sessions.findByUid(uid))?.body['payload'] as AdapterPayload | undefined;
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
