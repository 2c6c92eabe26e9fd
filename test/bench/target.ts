import { logIn } from './logins.ts';
import { REDIRECT_URI, type Seeded } from './seed.ts';
import { ask, type Target } from './sso.ts';

/** Signs the first of the people in with a new profile, so that whatever they are asked afterwards is answered at once. */
export async function signInOnce(url: string, seeded: Seeded): Promise<Target> {
  const cookie = await logIn(url, seeded.people[0] ?? '', '10.200.1.1');
  const target = {
    authorize: `${url}/oidc/authorize`,
    token: `${url}/oidc/token`,
    userinfo: `${url}/oidc/userinfo`,
    clientId: seeded.clientId,
    secret: seeded.secret,
    redirectUri: REDIRECT_URI,
    cookie,
  };
  return { ...target, cookie: await createProfile(url, target) };
}

/** Walks once through "new profile", so that the session has a grant and later sign-ins are silent. */
async function createProfile(url: string, target: Target): Promise<string> {
  const query = new URLSearchParams({
    client_id: target.clientId,
    response_type: 'code',
    redirect_uri: target.redirectUri,
    scope: 'openid profile email',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  const jar = new Map(target.cookie.split('; ').map((pair) => pair.split('=', 2) as [string, string]));
  const cookie = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const keep = (lines: string[]): void => {
    for (const line of lines) {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=', 2);
      jar.set(name, value);
    }
  };
  const asked = await ask(`${target.authorize}?${query.toString()}`, 'GET', { cookie: cookie() });
  keep(asked.cookies);
  const place = new URL(asked.location ?? '', url).pathname;
  const page = await ask(`${url}${place}`, 'GET', { cookie: cookie() });
  const csrf = /name="csrf" value="([^"]+)"/u.exec(page.body)?.[1] ?? '';
  const made = await ask(
    `${url}${place}/create`,
    'POST',
    {
      cookie: cookie(),
      origin: url,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    },
    new URLSearchParams({ csrf, name: 'alice', note: '' }).toString(),
  );
  const done = await ask(made.location ?? '', 'GET', { cookie: cookie() });
  keep(done.cookies);
  return [...jar]
    .filter(([name]) => /^aluco(\.sig)?$/u.test(name))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
}
