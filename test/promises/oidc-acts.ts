import * as client from 'openid-client';
import { begin, receive, walk } from '../application.ts';
import type { Visitor } from '../visitor.ts';
import { wait, type OidcFace, type Visit } from './face.ts';
import type { Record } from './seen.ts';

/** What applications that speak OpenID Connect hear. */
export function makeOidcActs(record: Record) {
  async function introspect({ side, service }: OidcFace, moment: string, token: string, kind: string): Promise<void> {
    record.add(side, moment, `introspection of ${kind}`, await client.tokenIntrospection(service.configuration, token));
  }

  async function noteTokens(face: OidcFace, moment: string, tokens: client.TokenEndpointResponse): Promise<void> {
    const { id_token: idToken, ...rest } = tokens;
    record.add(face.side, moment, 'token answer', rest);
    if (idToken !== undefined) record.addToken(face.side, moment, 'ID token', idToken);
    await introspect(face, moment, tokens.access_token, 'access token');
    if (tokens.refresh_token !== undefined) await introspect(face, moment, tokens.refresh_token, 'refresh token');
  }

  /** Leaves one application from its own "sign out". */
  async function leave({ service, visitor }: OidcFace, idToken: string): Promise<void> {
    wait();
    const url = client.buildEndSessionUrl(service.configuration, {
      post_logout_redirect_uri: `${service.url}/bye`,
      id_token_hint: idToken,
    });
    await visitor.submit(await visitor.get(url), '/leave', { scope: 'application' });
  }

  return {
    /** A sign-in as the application sees it. */
    async visit(
      face: OidcFace,
      moment: string,
      params: { readonly [name: string]: string },
      visitor: Visitor,
    ): Promise<Visit> {
      wait();
      const { service, side } = face;
      record.noteAsking(side, moment, params);
      const attempt = await begin(service, params);
      const asked = visitor.trail.length;
      const page = await walk(visitor, service, await visitor.get(attempt.url), face);
      record.noteProof(side, visitor.trail.slice(asked));
      const { state: _, ...answer } = Object.fromEntries(page.url.searchParams);
      record.add(side, moment, 'authorization answer', answer);
      const maxAge = params['max_age'] === undefined ? undefined : Number(params['max_age']);
      const { tokens, userinfo } = await receive(service, attempt, page.url, maxAge);
      await noteTokens(face, moment, tokens);
      record.add(side, moment, 'userinfo', userinfo);
      return { refreshToken: tokens.refresh_token ?? '', leave: () => leave(face, tokens.id_token ?? '') };
    },

    async refresh(face: OidcFace, moment: string, token: string): Promise<string> {
      wait();
      try {
        const tokens = await client.refreshTokenGrant(face.service.configuration, token);
        await noteTokens(face, moment, tokens);
        return tokens.refresh_token ?? '';
      } catch (error) {
        if (!(error instanceof client.ResponseBodyError)) throw error;
        record.add(face.side, moment, 'refused refresh', error.cause);
        return '';
      }
    },
  };
}
