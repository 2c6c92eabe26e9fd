import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import type { Applications } from '../applications/applications.ts';
import { describeError, type Log } from '../log.ts';
import { askedScopes } from './asked-scopes.ts';
import { fixedConfiguration } from './configuration.ts';
import { applicationIdOf, type Requests } from './prompts.ts';
import { outcomeOfRefusal, type Outcome, type RecentSignIns, type Report } from '../journey/journey.ts';
import { basicCredentials } from './tolerance.ts';

type Needs = {
  applications: Pick<Applications, 'findClient'>;
  log: Log;
  recent: Pick<RecentSignIns, 'record' | 'add'>;
  requests: Requests;
};

/** What the library says is wrong: `error_detail` is for us, `error_description` for the application. */
type Problem = { error?: string; error_description?: string; error_detail?: string };

/** What is shown of a text that came from outside, in characters. */
const SHOWN = 200;
const SCOPES = new Set(fixedConfiguration(true).scopes);

/** A text from outside as it may be kept: printable ASCII, the rest encoded, and not long. */
function shown(text: string, most = SHOWN): string {
  const encoded = text
    .slice(0, most)
    .replaceAll(/[^!-~ ]/gu, (sign) => (/\p{Surrogate}/u.test(sign) ? '%EF%BF%BD' : encodeURIComponent(sign)));
  return encoded.length > most || text.length > most ? `${encoded.slice(0, most - 1)}…` : encoded;
}

/** A return address as it may be kept: what stands in its query or before its host may be about a person. */
function shownAddress(address: string): string {
  const [place = ''] = address.split(/[?#]/u, 1);
  const bare = place.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/iu, '$1');
  return place === address ? shown(bare) : `${shown(bare, SHOWN - 2)}?…`;
}

function param(ctx: KoaContextWithOIDC, name: string): string | undefined {
  const value = (ctx.oidc.params ?? ctx.query)[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What leads from one step of a sign-in to the next. */
const refs = {
  journey: (id: string): string => `journey:${id}`,
  code: (code: string): string => `code:${code}`,
  token: (token: string): string => `token:${token}`,
};

type Sitting = { uid?: string | undefined; cid?: string | undefined } | undefined;

function journeyRefs(interaction: unknown): string[] {
  const { uid, cid } = (interaction ?? {}) as NonNullable<Sitting>;
  return [uid, cid].filter((id) => id !== undefined).map(refs.journey);
}

function descriptionOf({ error_description: description, error_detail: detail }: Problem): string {
  return `${description ?? ''} ${detail ?? ''}`;
}

/** What an error of the authorization endpoint means, where its name says it (OpenID Connect Core §3.1.2.6). */
const BY_ERROR: Readonly<Record<string, Outcome>> = {
  invalid_redirect_uri: 'redirect_unknown',
  invalid_scope: 'scope_invalid',
  unsupported_response_type: 'response_type',
  unmet_authentication_requirements: 'level_unknown',
  temporarily_unavailable: 'too_many',
  login_required: 'silent_login',
  account_selection_required: 'silent_choice',
  interaction_required: 'silent_choice',
  access_denied: 'gave_up',
};

/** What was wrong with an authorization request. */
function requestOutcome(ctx: KoaContextWithOIDC, problem: Problem): Outcome {
  const named = BY_ERROR[problem.error ?? ''];
  const isTooOld = param(ctx, 'max_age') !== undefined && ctx.oidc.session?.accountId !== undefined;
  if (named === 'silent_login' && isTooOld) return 'silent_max_age';
  if (named !== undefined) return named;
  const description = descriptionOf(problem);
  if (/response_type is not allowed/u.test(description)) return 'response_type';
  if (/code_challenge_method/u.test(description) && param(ctx, 'code_challenge') !== undefined) return 'pkce_method';
  return /PKCE|code_challenge/u.test(description) ? 'pkce_missing' : 'request_invalid';
}

/** What was wrong with how a client proved who it is. */
function clientOutcome(problem: Problem): Outcome {
  const detail = problem.error_detail ?? '';
  if (/mechanism does not match/u.test(detail)) return 'method_wrong';
  if (/invalid secret/u.test(detail)) return 'secret_wrong';
  return /alg mismatch/u.test(detail) ? 'assertion_algorithm' : 'assertion_invalid';
}

/** What was wrong with the exchange of a code. */
function exchangeOutcome(problem: Problem): Outcome {
  const description = descriptionOf(problem);
  if (/one mechanism/u.test(description)) return 'credentials_twice';
  if (/code_verifier must be provided/u.test(description)) return 'verifier_missing';
  if (/code_verifier/u.test(description)) return 'verifier_wrong';
  if (/redirect_uri mismatch/u.test(description)) return 'redirect_differs';
  if (/already (consumed|used)|grant not found/u.test(description)) return 'code_reused';
  if (/is expired/u.test(description)) return 'code_late';
  if (/authorization code not found/u.test(description)) return 'code_unknown';
  if (/client mismatch/u.test(description)) return 'code_elsewhere';
  if (/account not found/u.test(description)) return 'refused_since';
  return 'exchange_invalid';
}

function usedMethod(ctx: KoaContextWithOIDC): NonNullable<Report['used']> {
  if (param(ctx, 'client_assertion') !== undefined) return 'private_key_jwt';
  if (param(ctx, 'client_secret') !== undefined) return 'client_secret_post';
  return ctx.headers.authorization === undefined ? 'none' : 'client_secret_basic';
}

/** What an authorization request asks for that does not exist here, or should have asked for. */
function remarks(ctx: KoaContextWithOIDC): Pick<Report, 'unknownScopes' | 'withoutOpenid'> {
  if (ctx.oidc.route !== 'authorization') return {};
  const asked = askedScopes(ctx).filter(Boolean);
  const unknown = asked.filter((scope) => !SCOPES.has(scope));
  return {
    ...(unknown.length === 0 ? {} : { unknownScopes: shown(unknown.join(' ').slice(0, 100)) }),
    ...(asked.includes('openid') ? {} : { withoutOpenid: true }),
  };
}

/**
 * Takes note of how each sign-in that passes through a provider goes on and ends, for the administrators of its
 * application. Nothing that fails here reaches the sign-in.
 */
export function watchSignIns(provider: Provider, { applications, log, recent, requests }: Needs): void {
  const fail = (error: unknown): void => {
    log.error({ event: 'sign_in_not_noted', ...describeError(error) });
  };

  const on = (event: string, note: (ctx: KoaContextWithOIDC, second: unknown) => void | Promise<void>): void => {
    (provider as NodeJS.EventEmitter).on(event, (ctx: KoaContextWithOIDC, second: unknown) => {
      try {
        const noted = note(ctx, second);
        if (noted instanceof Promise) noted.catch(fail);
      } catch (error) {
        fail(error);
      }
    });
  };

  type Details = Omit<Report, 'clientId'>;

  function record(ctx: KoaContextWithOIDC, details: Details): void {
    const { client } = ctx.oidc;
    if (client !== undefined) recent.record(applicationIdOf(ctx), { clientId: client.clientId, ...details });
  }

  /** The refusal that the journey names, where it is one. */
  async function refusal(ctx: KoaContextWithOIDC): Promise<Outcome> {
    const step = await requests.step(ctx);
    return step.name === 'refuse' ? outcomeOfRefusal(step.code) : 'gave_up';
  }

  on('interaction.started', async (ctx, prompt) => {
    const isRefused = (prompt as { name?: string }).name === 'consent';
    const outcome = isRefused ? await refusal(ctx) : 'begun';
    record(ctx, { outcome, stranger: !isRefused, refs: journeyRefs(ctx.oidc.entities.Interaction), ...remarks(ctx) });
  });

  on('authorization.success', (ctx) => {
    const code = ctx.oidc.entities.AuthorizationCode?.jti;
    record(ctx, {
      outcome: 'issued',
      stranger: false,
      refs: [...journeyRefs(ctx.oidc.entities.Interaction), ...(code === undefined ? [] : [refs.code(code)])],
      ...remarks(ctx),
    });
  });

  async function noteRequest(ctx: KoaContextWithOIDC, error: unknown): Promise<void> {
    const { client } = ctx.oidc;
    const problem = error as Problem;
    const address = param(ctx, 'redirect_uri');
    // The library tells twice where the address is wrong as well: the second time it says so.
    const isWrongAddress =
      !ctx.oidc.redirectUriCheckPerformed && address !== undefined && client?.redirectUriAllowed(address) === false;
    if (isWrongAddress && ctx.oidc.route === 'authorization' && !(error instanceof errors.InvalidRedirectUri)) return;
    const own = journeyRefs(ctx.oidc.entities.Interaction);
    const isDenied = problem.error === 'access_denied';
    const isGivenUp =
      isDenied && (ctx.oidc.entities.Interaction as { result?: unknown } | undefined)?.result !== undefined;
    const outcome = isDenied && !isGivenUp ? await refusal(ctx) : requestOutcome(ctx, problem);
    const asked =
      outcome === 'redirect_unknown'
        ? shownAddress(address ?? '')
        : outcome === 'request_invalid'
          ? shown(problem.error_description ?? problem.error ?? '')
          : undefined;
    record(ctx, { outcome, stranger: own.length === 0, refs: own, ...(asked === undefined ? {} : { asked }) });
  }
  on('authorization.error', noteRequest);

  /** The client that a token request is from, as far as it says so. */
  async function noteUnproven(ctx: KoaContextWithOIDC, details: Details): Promise<void> {
    const header = ctx.headers.authorization;
    const id = param(ctx, 'client_id') ?? (header === undefined ? undefined : basicCredentials(header)?.id);
    const client = id === undefined ? undefined : await applications.findClient(id);
    if (client !== undefined) recent.record(client.applicationId, { clientId: client.id, ...details });
  }

  async function noteExchange(ctx: KoaContextWithOIDC, error: unknown): Promise<void> {
    const problem = error as Problem;
    const code = param(ctx, 'code');
    const isProof = problem.error === 'invalid_client';
    // What goes wrong when something is renewed later is no sign-in, unless the client itself is not believed.
    if (!isProof && code === undefined && param(ctx, 'grant_type') === 'refresh_token') return;
    const outcome = isProof ? clientOutcome(problem) : exchangeOutcome(problem);
    const address = param(ctx, 'redirect_uri');
    const details: Details = {
      outcome,
      // Without a secret a client proves nothing by itself.
      stranger: isProof || outcome === 'credentials_twice' || outcome.startsWith('code_') || usedMethod(ctx) === 'none',
      refs: code === undefined ? [] : [refs.code(code)],
      ...(isProof ? { used: usedMethod(ctx) } : {}),
      ...(outcome === 'redirect_differs' && address !== undefined ? { asked: shownAddress(address) } : {}),
      ...(outcome === 'exchange_invalid' || outcome === 'assertion_invalid'
        ? { asked: shown(isProof ? (problem.error_detail ?? '') : (problem.error_description ?? '')) }
        : {}),
    };
    if (ctx.oidc.client === undefined) await noteUnproven(ctx, details);
    else record(ctx, details);
  }
  on('grant.error', noteExchange);

  on('pushed_authorization_request.error', (ctx, error) =>
    (error as Problem).error === 'invalid_client' ? noteExchange(ctx, error) : noteRequest(ctx, error),
  );

  on('grant.success', (ctx) => {
    if (param(ctx, 'grant_type') !== 'authorization_code') return;
    const { AuthorizationCode: code, AccessToken: token } = ctx.oidc.entities;
    record(ctx, {
      outcome: 'succeeded',
      stranger: false,
      refs: [
        code?.jti === undefined ? [] : refs.code(code.jti),
        token?.jti === undefined ? [] : refs.token(token.jti),
      ].flat(),
    });
  });

  /** What userinfo answered; only to the access token of the sign-in itself, not to one that was renewed. */
  function noteUserinfo(ctx: KoaContextWithOIDC, userinfo: 'fetched' | 'refused'): void {
    const { AccessToken: token } = ctx.oidc.entities;
    if (token?.jti === undefined || token.gty !== 'authorization_code' || token.clientId === undefined) return;
    const report = { outcome: 'succeeded', stranger: false, userinfo, refs: [refs.token(token.jti)] } as const;
    const applicationId = applicationIdOf(ctx);
    if (applicationId !== '') recent.add(applicationId, { clientId: token.clientId, ...report });
  }
  on('userinfo.error', (ctx) => noteUserinfo(ctx, 'refused'));
  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    await next();
    if (ctx.oidc?.route === 'userinfo' && ctx.status === 200) {
      try {
        noteUserinfo(ctx, 'fetched');
      } catch (error) {
        fail(error);
      }
    }
  });

  on('server_error', (ctx) => {
    const isSignIn = ['authorization', 'resume', 'token'].includes(ctx.oidc?.route ?? '');
    const code = isSignIn ? param(ctx, 'code') : undefined;
    if (isSignIn)
      record(ctx, { outcome: 'internal', stranger: true, refs: code === undefined ? [] : [refs.code(code)] });
  });
}

/** What finds the sign-in that a journey belongs to. */
export { journeyRefs };
