import {
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { readConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts } from '../../src/parts.ts';
import { makeAuthenticator, type Asked, type Authenticator } from '../software-authenticator.ts';
import type { Measured } from './process.ts';
import { ask } from './sso.ts';

/** Gives each of the people a passkey of their own. Half of the authenticators count their uses, as security keys do. */
export async function seedPasskeys(
  environment: Record<string, string>,
  people: readonly string[],
): Promise<Authenticator[]> {
  const parts = await makeParts(readConfig(environment), { log: makeLog('silent'), now: Date.now });
  const { passkeys } = parts.accounts.secondFactors;
  try {
    const made: Authenticator[] = [];
    for (const [number, loginName] of people.entries()) {
      const account = await parts.accounts.findByLogin(loginName);
      if (account === undefined) throw new Error(`no account ${loginName}`);
      const authenticator = makeAuthenticator(environment['ALUCO_URL'] ?? '', 'ES256', number % 2 === 1);
      const asked = (await passkeys.askToAdd(account, 'bench')) as Asked;
      await passkeys.add(account.id, { response: authenticator.create(asked), place: 'bench', name: 'bench' });
      made.push(authenticator);
    }
    return made;
  } finally {
    await parts.storage.close();
  }
}

/** Signs in at the portal as browsers do: the page, the question of the script, and the form with the answer. */
async function signIn(url: string, authenticator: Authenticator, address: string): Promise<void> {
  const forwarded = { 'x-forwarded-for': address };
  const start = await ask(`${url}/`, 'GET', forwarded);
  const cookie = start.cookies.map((line) => line.split(';', 1)[0]).join('; ');
  const page = await ask(`${url}${start.location ?? ''}`, 'GET', { ...forwarded, cookie });
  const csrf = /name="csrf" value="([^"]+)"/u.exec(page.body)?.[1] ?? '';
  const post = (path: string, fields: Record<string, string>) =>
    ask(
      `${url}${start.location ?? ''}${path}`,
      'POST',
      {
        ...forwarded,
        cookie,
        origin: url,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      },
      new URLSearchParams({ csrf, ...fields }).toString(),
    );
  const asked = JSON.parse((await post('/passkey/options', {})).body) as Asked;
  const answer = await post('/passkey', { response: authenticator.get(asked) });
  if (answer.status !== 303 || !answer.cookies.some((line) => line.startsWith('aluco=')))
    throw new Error(`not signed in: ${answer.status} ${answer.body.slice(0, 300)}`);
}

const addressOf = (number: number): string => `10.${Math.floor(number / 250) + 100}.${(number % 250) + 1}.1`;

/** Passkey sign-ins in a second, one person after the other in each of `atOnce` rows, and what each costs the server. */
export async function passkeySignIns(
  server: Measured,
  url: string,
  keys: readonly Authenticator[],
  { count, atOnce, first }: { count: number; atOnce: number; first: number },
): Promise<{ perSecond: number; cpu: number }> {
  let next = 0;
  const [started, before] = [performance.now(), server.cpu()];
  const worker = async (own: readonly Authenticator[]): Promise<void> => {
    for (let turn = 0; next < count; turn += 1) {
      const number = next;
      next += 1;
      const authenticator = own[turn % own.length];
      if (authenticator !== undefined) await signIn(url, authenticator, addressOf(first + number));
    }
  };
  // Nobody signs in twice at the same moment: of a passkey that counts, one of the two would come too late.
  const rows = Array.from({ length: atOnce }, (_, row) => keys.filter((_key, at) => at % atOnce === row));
  await Promise.all(rows.map(worker));
  return { perSecond: count / ((performance.now() - started) / 1000), cpu: (server.cpu() - before) / count };
}

/** What the library alone takes to verify such an answer, in milliseconds of processor time. */
export async function bareVerification(count: number): Promise<number> {
  const origin = 'http://localhost:9';
  const authenticator = makeAuthenticator(origin);
  const asked: Asked = { challenge: 'YmVuY2g', rp: { id: 'localhost' }, user: { id: 'YmVuY2g' } };
  const made = await verifyRegistrationResponse({
    response: JSON.parse(authenticator.create(asked)) as RegistrationResponseJSON,
    expectedChallenge: 'YmVuY2g',
    expectedOrigin: origin,
    expectedRPID: 'localhost',
    supportedAlgorithmIDs: [-7],
  });
  if (!made.verified) throw new Error('the passkey of the bench was refused');
  const { credential } = made.registrationInfo;
  const response = JSON.parse(
    authenticator.get({ challenge: 'YmVuY2g', rpId: 'localhost' }),
  ) as AuthenticationResponseJSON;
  const verify = () =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: 'YmVuY2g',
      expectedOrigin: origin,
      expectedRPID: 'localhost',
      credential,
    });
  for (let warm = 0; warm < count / 4; warm += 1) await verify();
  const before = process.cpuUsage();
  for (let done = 0; done < count; done += 1) await verify();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}
