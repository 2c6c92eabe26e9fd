import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

/**
 * The bare library with everything in memory: what any sign-in through it costs at least. One client, one account,
 * grants given without asking, RS256, the same endpoints as ours. Run as a process of its own.
 */
const port = Number(process.argv[2]);
const issuer = `http://localhost:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'a secret of the bench, long enough to be one',
      redirect_uris: ['http://localhost:9/callback'],
      grant_types: ['authorization_code'],
    },
  ],
  cookies: { keys: ['bench'] },
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  findAccount: async (_ctx, accountId) => ({
    accountId,
    claims: async () => ({
      sub: accountId,
      name: 'alice',
      preferred_username: 'alice',
      email: 'x@relay.example',
      email_verified: true,
    }),
  }),
  async loadExistingGrant(ctx) {
    const known = ctx.oidc.client === undefined ? undefined : ctx.oidc.session?.grantIdFor(ctx.oidc.client.clientId);
    if (known !== undefined) return provider.Grant.find(known);
    const grant = new provider.Grant({ accountId: 'alice', clientId: 'bench' });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer(async (req, res) => {
  if (req.url !== '/bench-login') return answer(req, res);
  const ctx = provider.createContext(req, res);
  const session = new provider.Session();
  session.loginAccount({ accountId: 'alice' });
  await session.save(86_400);
  ctx.cookies.set(provider.cookieName('session'), session.jti, { signed: true });
  return res.end();
}).listen(port, 'localhost');
