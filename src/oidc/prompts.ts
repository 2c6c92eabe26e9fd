import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Applications } from '../applications/applications.ts';
import { NO_ASKS, type Asks, type Journeys, type Proof, type Step } from '../journey/journey.ts';
import { levelAsked, levelOf } from './acr.ts';
import type { TokenStore } from './store.ts';

/** What a session remembers of a client. */
export type Authorization = {
  sid?: string | undefined;
  grantId?: string | undefined;
  persistsLogout?: boolean | undefined;
};

type SessionLike = {
  acr?: string | undefined;
  accountId?: string | undefined;
  loginTs?: number | undefined;
  authorizations?: Record<string, unknown> | undefined;
};

/** Who the browser's session says the person is. */
export function proofOf(session: SessionLike | undefined): Proof | undefined {
  if (session?.accountId === undefined || session.loginTs === undefined) return undefined;
  return { accountId: session.accountId, at: session.loginTs * 1000, level: levelOf(session.acr) };
}

/** What the session remembers of its clients. */
export function authorizationsOf(session: SessionLike): [clientId: string, authorization: Authorization][] {
  return Object.entries(session.authorizations ?? {}) as [string, Authorization][];
}

/** The application of the client in the request. */
export function applicationIdOf(ctx: KoaContextWithOIDC): string {
  const id = ctx.oidc.client?.['aluco_application'];
  return typeof id === 'string' ? id : '';
}

function asksOf(ctx: KoaContextWithOIDC): Asks {
  const { prompts, params, entities, claims } = ctx.oidc;
  const hint = entities.IdTokenHint?.payload['sub'];
  const wanted = (claims.id_token?.['sub'] as { value?: unknown } | null | undefined)?.value;
  const subject = hint ?? (typeof wanted === 'string' ? wanted : undefined);
  return {
    ...NO_ASKS,
    login: prompts.has('login'),
    select: prompts.has('select_account'),
    create: prompts.has('create'),
    confirm: prompts.has('consent'),
    maxAge: params?.['max_age'] === undefined ? undefined : Number(params['max_age']),
    level: levelAsked(params),
    subject: typeof subject === 'string' ? subject : undefined,
  };
}

/** What a request comes to, and the profile that the session's grants at the application are for. */
type Decision = { readonly step: Step; readonly standing: string | undefined };

type Needs = { journeys: Journeys; applications: Applications; tokens: TokenStore };

export type Requests = ReturnType<typeof makeRequests>;

/** Asks the journey about an authorization request; each request is asked once, whatever the library calls us for. */
export function makeRequests({ journeys, applications, tokens }: Needs) {
  const answers = new WeakMap<object, Promise<Decision>>();

  /**
   * The profile that the session's grants at any client or service provider of the application are for; `clientId` is
   * looked at first.
   */
  async function standingProfile(
    session: SessionLike | undefined,
    applicationId: string,
    clientId?: string,
  ): Promise<string | undefined> {
    if (session === undefined) return undefined;
    const own = clientId === undefined ? undefined : (session.authorizations?.[clientId] as Authorization | undefined);
    const ownProfile = own?.grantId === undefined ? undefined : await tokens.profileOf(own.grantId);
    if (ownProfile !== undefined) return ownProfile;
    const siblings = await applications.participantsOf(applicationId);
    for (const [sibling, { grantId }] of authorizationsOf(session)) {
      if (!siblings.has(sibling) || grantId === undefined) continue;
      const profileId = await tokens.profileOf(grantId);
      if (profileId !== undefined) return profileId;
    }
    return undefined;
  }

  async function decide(ctx: KoaContextWithOIDC): Promise<Decision> {
    const { session, entities } = ctx.oidc;
    const proof = proofOf(session);
    const applicationId = applicationIdOf(ctx);
    const standing = await standingProfile(session, applicationId, ctx.oidc.client?.clientId);
    const journey =
      entities.Interaction === undefined ? undefined : await journeys.findForDoor(entities.Interaction.uid);
    if (journey !== undefined && journey.applicationId === applicationId) {
      return { step: (await journeys.stand(journey, proof, standing)).step, standing };
    }
    const application = await applications.get(applicationId);
    return { step: await journeys.consider(asksOf(ctx), application, proof, standing), standing };
  }

  return {
    asksOf,
    standingProfile,
    /** What comes next for this authorization request. */
    async step(ctx: KoaContextWithOIDC): Promise<Step> {
      return (await decision(ctx)).step;
    },
    decision,
  };

  /** What comes next, and the profile that the session's grant is for. */
  function decision(ctx: KoaContextWithOIDC): Promise<Decision> {
    let answer = answers.get(ctx.oidc);
    if (answer === undefined) {
      answer = decide(ctx);
      answers.set(ctx.oidc, answer);
    }
    return answer;
  }
}

/** What has to be done before it is settled who the person is, and that they may be answered about. */
const ABOUT_THE_PERSON: ReadonlySet<Step['name']> = new Set(['identify', 'factor', 'enrol', 'leaving', 'terms']);

/** What makes somebody a profile who has none that could be used. */
const MAKING: ReadonlySet<Step['name']> = new Set(['reclaim', 'create', 'request']);

/**
 * The library's prompts, each with one check: "the step that the journey names is mine". Their names only give
 * `prompt=none` its right error (OpenID Connect Core §3.1.2.6) and make the `prompt` values known.
 */
export function makePolicy(requests: Requests): interactionPolicy.Prompt[] {
  const prompt = (
    name: string,
    error: string,
    isMine: (step: Step) => boolean,
    requestable = true,
  ): interactionPolicy.Prompt => {
    const made = new interactionPolicy.Prompt({ name, requestable });
    made.checks.clear();
    const check = new interactionPolicy.Check('next_step', 'the person has to act', error, async (ctx) =>
      isMine(await requests.step(ctx)),
    );
    made.checks.add(check);
    return made;
  };
  return [
    prompt('login', 'login_required', ({ name }) => ABOUT_THE_PERSON.has(name)),
    prompt('select_account', 'account_selection_required', ({ name }) => name === 'choose'),
    // One error for all who have no profile yet: whether a name from before waits for them is nobody's business.
    prompt('create', 'account_selection_required', ({ name }) => MAKING.has(name)),
    prompt('moderators', 'interaction_required', ({ name }) => name === 'wait' || name === 'notice', false),
    prompt('consent', 'access_denied', ({ name }) => name === 'refuse'),
  ];
}
