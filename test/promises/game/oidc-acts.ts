import { createHash, randomBytes } from 'node:crypto';
import type { Parts } from '../../../src/parts.ts';
import { DirectBrowser } from '../walks/direct.ts';
import { ORIGIN, walk, type Face } from './faces.ts';
import { hasField, submit } from './forms.ts';
import type { OidcDoor } from './place.ts';
import type { Sights } from './sights.ts';

type OidcFace = Face & { readonly door: OidcDoor };

/** What an application keeps after a sign-in. */
export type Kept = {
  idToken: string;
  accessToken: string;
  refreshToken: string;
};

type TokenAnswer = { id_token?: string; access_token?: string; refresh_token?: string };

const SCOPE = 'openid profile email groups';

/** What applications that speak OpenID Connect do and hear. */
export function makeOidcActs(parts: Parts, sights: Sights, now: () => number) {
  const machine = new DirectBrowser(parts.app, ORIGIN, '10.255.0.1');
  const redirectUri = ({ client }: OidcDoor): string => client.redirectUris[0] ?? '';
  const secrets = ({ client, secret }: OidcDoor) => ({ client_id: client.id, client_secret: secret });

  async function ask(path: string, fields: Record<string, string>): Promise<unknown> {
    return JSON.parse((await machine.post(path, fields, false)).text);
  }

  function note({ side }: Face, source: string, answer: TokenAnswer): Kept {
    const { id_token: idToken = '', ...rest } = answer;
    sights.add(side, source, rest);
    if (idToken !== '') sights.addToken(side, 'ID token', idToken);
    return { idToken, accessToken: rest.access_token ?? '', refreshToken: rest.refresh_token ?? '' };
  }

  async function userinfo({ side }: OidcFace, { accessToken }: Kept): Promise<void> {
    sights.add(side, 'userinfo', await ask('/oidc/userinfo', { access_token: accessToken }));
  }

  return {
    userinfo,

    /** A sign-in; nothing is kept where it does not come to one. */
    async visit(face: OidcFace, params: Readonly<Record<string, string>> = {}): Promise<Kept | undefined> {
      const { browser, door, side } = face;
      const verifier = randomBytes(32).toString('base64url');
      const query = new URLSearchParams({
        client_id: door.client.id,
        response_type: 'code',
        redirect_uri: redirectUri(door),
        scope: SCOPE,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...params,
      });
      const page = await walk(face, await browser.get(`/oidc/authorize?${query}`), now());
      if (page.url.origin === ORIGIN) return undefined;
      const { code, ...answer } = Object.fromEntries(page.url.searchParams);
      sights.add(side, 'authorization answer', { ...answer, ...(code === undefined ? {} : { code }) });
      if (code === undefined) return undefined;
      const grant = {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: redirectUri(door),
      };
      const tokens = await ask('/oidc/token', { ...grant, ...secrets(door) });
      const kept = note(face, 'token answer', tokens as TokenAnswer);
      await userinfo(face, kept);
      return kept;
    },

    /** The application makes sure, without the person, that they are still there. */
    async refresh(face: OidcFace, kept: Kept): Promise<Kept> {
      const grant = { grant_type: 'refresh_token', refresh_token: kept.refreshToken };
      const answer = (await ask('/oidc/token', { ...grant, ...secrets(face.door) })) as TokenAnswer;
      const renewed = note(face, 'refreshed', answer);
      return renewed.refreshToken === '' ? kept : renewed;
    },

    async introspect({ side, door }: OidcFace, { accessToken }: Kept): Promise<void> {
      const answer = await ask('/oidc/introspect', { token: accessToken, ...secrets(door) });
      sights.add(side, 'introspection', answer);
    },

    /** Leaves the application from its own "sign out". */
    async leave({ browser, door }: OidcFace, { idToken }: Kept): Promise<void> {
      const back = door.client.postLogoutRedirectUris[0] ?? '';
      const query = new URLSearchParams({ post_logout_redirect_uri: back, id_token_hint: idToken });
      const page = await browser.get(`/oidc/logout?${query}`);
      if (hasField(page, 'scope')) await submit(browser, page, '/leave', { scope: 'application' });
    },
  };
}
