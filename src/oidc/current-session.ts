import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';

type Session = {
  readonly accountId?: string | undefined;
  readonly loginTs?: number | undefined;
  readonly acr?: string | undefined;
};
type Interaction = {
  readonly iat: number;
  readonly session?:
    { readonly accountId?: string; readonly uid?: string; readonly cookie?: string; readonly acr?: string } | undefined;
};
type Cookies = { get(name: string, options: object): string | undefined };
type Context = { readonly cookies: Cookies; readonly oidc?: { entity(name: string, value: unknown): void } };

/** The parts of the library that read a session; its types leave them out. */
type Inner = {
  Session: { get(ctx: Context): Promise<Session>; findByUid(uid: string): Promise<Session | undefined> };
  Interaction: { find(id: string): Promise<Interaction | undefined> };
};

/**
 * A session gets another id at the end of each journey. A second journey of the same browser that ends in this very
 * moment still presents the old one, and would find nobody signed in. It is answered with the session as it stands
 * where everything fits: its own journey's cookie, the id that this journey began with, the same person, and neither a
 * password typed nor a second factor proven since, whose new id must not go to whoever still has the old one (A57).
 */
export function findCurrentSessions(provider: Provider, cookies: NonNullable<Configuration['cookies']>): void {
  const { Session, Interaction } = provider as unknown as Inner;
  const { long = {}, short = {} } = cookies;
  const get = Session.get.bind(Session);

  async function currentFor(ctx: Context): Promise<Session | undefined> {
    const presented = ctx.cookies.get(provider.cookieName('session'), long);
    const journey =
      ctx.cookies.get(provider.cookieName('resume'), short) ??
      ctx.cookies.get(provider.cookieName('interaction'), short);
    if (presented === undefined || journey === undefined) return undefined;
    const interaction = await Interaction.find(journey);
    const began = interaction?.session;
    if (interaction === undefined || began?.uid === undefined || began.cookie !== presented) return undefined;
    const current = await Session.findByUid(began.uid);
    const isSame =
      current?.accountId !== undefined && current.accountId === began.accountId && current.acr === began.acr;
    return isSame && (current.loginTs ?? Number.POSITIVE_INFINITY) <= interaction.iat ? current : undefined;
  }

  Session.get = async (ctx) => {
    const session = await get(ctx);
    if (session.accountId !== undefined) return session;
    const current = await currentFor(ctx);
    if (current === undefined) return session;
    // Only the protocol's own requests have it.
    (ctx as Partial<KoaContextWithOIDC>).oidc?.entity('Session', current);
    return current;
  };
}
