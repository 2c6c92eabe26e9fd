import * as oauth from 'oauth4webapi';
import { walk, type Answers, type Received, type Service } from '../application.ts';
import type { House } from '../house.ts';
import type { Visitor } from '../visitor.ts';

/** What a service on oauth4webapi learned at a sign-in. */
export type LeanReceived = Pick<Received, 'userinfo'> & {
  readonly idToken: oauth.IDToken;
  readonly tokens: oauth.TokenEndpointResponse;
};

const insecure = { [oauth.allowInsecureRequests]: true };

/** How a service that keeps a secret, or none, proves who it is with oauth4webapi. */
export function leanAuthentication({ client, secret }: Pick<Service, 'client' | 'secret'>): oauth.ClientAuth {
  if (secret === undefined) return oauth.None();
  return client.authMethod === 'client_secret_post' ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
}

/** A whole sign-in with oauth4webapi, step by step, with every check it offers; the signature is checked too. */
export async function signInLean(
  house: House,
  visitor: Visitor,
  service: Service,
  answers: Answers,
  authentication: oauth.ClientAuth = leanAuthentication(service),
): Promise<LeanReceived> {
  const issuer = new URL(house.url);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const me: oauth.Client = {
    client_id: service.client.id,
    id_token_signed_response_alg: service.client.idTokenAlgorithm,
  };
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(server.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: me.client_id,
    response_type: 'code',
    redirect_uri: service.redirectUri,
    scope: 'openid profile email groups',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString();
  const page = await walk(visitor, service, await visitor.get(url), answers);

  const answer = oauth.validateAuthResponse(server, me, page.url, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    me,
    authentication,
    answer,
    service.redirectUri,
    verifier,
    insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, me, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, response, insecure);
  const idToken = oauth.getValidatedIdTokenClaims(tokens);
  if (idToken === undefined) throw new Error('no ID token');
  const asked = await oauth.userInfoRequest(server, me, tokens.access_token, insecure);
  const userinfo = await oauth.processUserInfoResponse(server, me, idToken.sub, asked);
  return { tokens, idToken, userinfo };
}
