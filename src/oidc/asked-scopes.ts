import type { KoaContextWithOIDC } from 'oidc-provider';

type Scoped = { scope?: unknown };

/**
 * The scopes that an authorization request really asks for, before the library took away those that do not exist, and
 * `offline_access` for want of `prompt=consent`. Nothing where the request is a later one of the same sign-in.
 */
export function askedScopes(ctx: KoaContextWithOIDC): string[] {
  const body = ctx.oidc.body as Scoped | undefined;
  const pushed = ctx.oidc.entities.PushedAuthorizationRequest?.request;
  const source: Scoped | undefined =
    pushed === undefined
      ? ctx.method === 'POST'
        ? body
        : ctx.query
      : (JSON.parse(Buffer.from(pushed.split('.')[1] ?? '', 'base64url').toString()) as Scoped);
  return typeof source?.scope === 'string' ? source.scope.split(' ') : [];
}
