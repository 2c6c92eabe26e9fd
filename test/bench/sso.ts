import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Measured } from './process.ts';

/** Where and as whom a sign-in is repeated. */
export type Target = {
  readonly authorize: string;
  readonly token: string;
  readonly userinfo: string;
  readonly clientId: string;
  readonly secret: string;
  readonly redirectUri: string;
  readonly cookie: string;
};

type Answer = {
  status: number;
  location: string | undefined;
  retryAfter: string | undefined;
  cookies: string[];
  body: string;
};

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One request over kept-alive connections, with as little work on this side as can be. */
export function ask(
  url: string,
  method: 'GET' | 'POST',
  headers: Record<string, string>,
  body?: string,
  through: Agent = agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        agent: through,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
      },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          resolve({
            status: res.statusCode ?? 0,
            location: res.headers.location,
            retryAfter: res.headers['retry-after'],
            cookies: res.headers['set-cookie'] ?? [],
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** One SSO re-login: authorize, code, token, userinfo. */
async function signInAgain(target: Target): Promise<void> {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const query = new URLSearchParams({
    client_id: target.clientId,
    response_type: 'code',
    redirect_uri: target.redirectUri,
    scope: 'openid profile email',
    state: 'bench',
    nonce: 'bench',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const authorized = await ask(`${target.authorize}?${query.toString()}`, 'GET', { cookie: target.cookie });
  const code = new URL(authorized.location ?? 'http://none/').searchParams.get('code');
  if (code === null)
    throw new Error(`no code: ${authorized.status} ${authorized.location ?? authorized.body.slice(0, 200)}`);
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: target.redirectUri,
    code_verifier: verifier,
  });
  const basic = Buffer.from(`${encodeURIComponent(target.clientId)}:${encodeURIComponent(target.secret)}`).toString(
    'base64',
  );
  const issued = await ask(
    target.token,
    'POST',
    { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    form.toString(),
  );
  const token = (JSON.parse(issued.body) as { access_token?: string }).access_token;
  if (token === undefined) throw new Error(`no token: ${issued.body}`);
  const userinfo = await ask(target.userinfo, 'GET', { authorization: `Bearer ${token}` });
  if (userinfo.status !== 200) throw new Error(`no userinfo: ${userinfo.body}`);
}

/** Processor milliseconds of the server for one SSO re-login, after `warmUp` uncounted ones. */
export async function costOfSignIn(server: Measured, target: Target, warmUp: number, count: number): Promise<number> {
  const repeat = async (times: number): Promise<void> => {
    for (let done = 0; done < times; done += 4) await Promise.all(Array.from({ length: 4 }, () => signInAgain(target)));
  };
  await repeat(warmUp);
  const before = server.cpu();
  await repeat(count);
  return (server.cpu() - before) / count;
}
