import type { AdapterPayload } from 'oidc-provider';

/**
 * What a request found of its session, carried with it until the session is written again. Filled and refreshed by our
 * storage; empty where the request makes the session.
 */
export type Found = {
  id?: string;
  version?: string;
  loginTs?: number | undefined;
  acr?: string | undefined;
  authorizations?: string;
};

type Authorizations = Readonly<Record<string, unknown>>;

const authorizationsIn = ({ authorizations = {} }: AdapterPayload): Authorizations => authorizations;

/** Takes note of a session as it stands in storage. */
export function note(found: Found, id: string, version: string, payload: AdapterPayload): void {
  const authorizations = JSON.stringify(authorizationsIn(payload));
  const { loginTs, acr } = payload;
  Object.assign(found, { id, version, loginTs, acr, authorizations } satisfies Found);
}

/** The session's authorizations with what `ours` changed of those it found. */
function mergeAuthorizations(base: Authorizations, ours: Authorizations, theirs: Authorizations): Authorizations {
  const said = (value: unknown): string => JSON.stringify(value) ?? '';
  const isChanged = (client: string): boolean => said(ours[client]) !== said(base[client]);
  const clients = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  return Object.fromEntries(
    [...clients]
      .map((client) => [client, isChanged(client) ? ours[client] : theirs[client]] as const)
      .filter(([, authorization]) => authorization !== undefined),
  );
}

/**
 * What becomes of a session that another request of the same browser wrote while this one was under way: what each
 * changed of its authorizations, the later proof, and one id. Nothing where this request has no part in it any more:
 * another person, nothing to add, or an older or weaker proof than the one given meanwhile, whose new id must not go to whoever
 * still has the old one (A57).
 */
export function mergeSessions(found: Found, ours: AdapterPayload, theirs: AdapterPayload): AdapterPayload | undefined {
  if (theirs.accountId !== ours.accountId || theirs.jti === undefined) return undefined;
  // A second factor leaves the time of the first as it is.
  const hasProof = ({ loginTs, acr }: AdapterPayload): boolean => loginTs !== found.loginTs || acr !== found.acr;
  const isProven = hasProof(ours);
  if (hasProof(theirs) && !isProven) return undefined;
  const base = JSON.parse(found.authorizations ?? '{}') as Authorizations;
  const hasNews = isProven || ours.jti !== found.id || JSON.stringify(authorizationsIn(ours)) !== JSON.stringify(base);
  if (!hasNews && theirs.jti !== found.id) return undefined;
  const isLater = isProven && (ours.loginTs ?? 0) >= (theirs.loginTs ?? 0);
  const proof = isLater ? ours : theirs;
  return {
    ...theirs,
    ...(proof.loginTs === undefined ? {} : { loginTs: proof.loginTs }),
    ...(proof.acr === undefined ? {} : { acr: proof.acr }),
    exp: Math.max(ours.exp ?? 0, theirs.exp ?? 0),
    // An id that was already given away stays: the browser may have it by now.
    ...(theirs.jti === found.id && ours.jti !== undefined ? { jti: ours.jti } : {}),
    authorizations: mergeAuthorizations(base, authorizationsIn(ours), authorizationsIn(theirs)) as never,
  };
}
