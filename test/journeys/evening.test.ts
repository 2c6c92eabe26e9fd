import { createHash, randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { walk } from '../application.ts';
import { readDotenv, READERS } from '../applications/templates/readers.ts';
import { freePort } from '../free-port.ts';
import { assemble, run as runToEnd } from '../packaging/assembled.ts';
import { PEOPLE } from '../people.ts';
import { DOCUMENTED } from '../proxies/documented.ts';
import { find, prepare, run, type Running } from '../proxies/running.ts';
import { README } from '../readme/generated.ts';
import { makeVisitor, textOf, type Visitor } from '../visitor.ts';

const nginx = DOCUMENTED.find(({ name }) => name === 'nginx');
const present = nginx !== undefined && find('nginx') !== undefined && READERS.rubyDotenv;
if (!present) console.warn('No nginx or no ruby with dotenv: the first evening is NOT played.');

/** The README's commands of the start, below a folder of ours: those to run, and the settings they leave. */
async function startSteps(root: string): Promise<{ commands: string; settings: Record<string, string> }> {
  const readme = await readFile(README, 'utf8');
  const block = /<!-- steps: start -->\n+```sh\n(.*?)```/su.exec(readme)?.[1] ?? '';
  const lines = block.replaceAll('/srv/aluco', `${root}/srv/aluco`).split('\n');
  // Installing and building is what `assemble` did; starting is for the test, which has to end it.
  expect([lines.shift(), lines.filter((line) => line !== '').pop()]).toEqual(['npm ci && npm run build', 'npm start']);
  const settings = lines
    .filter((line) => line.startsWith('export '))
    .flatMap((line) => line.slice('export '.length).split(' '))
    .map((pair) => pair.split('=', 2) as [string, string]);
  const commands = lines.filter((line) => line !== 'npm start' && !line.startsWith('export '));
  return { commands: commands.join('\n'), settings: Object.fromEntries(settings) };
}

describe.skipIf(!present)('the administrator’s first evening, as README tells it, behind nginx', () => {
  let image: Awaited<ReturnType<typeof assemble>>;
  let root: string;
  let proxy: Running;
  let settings: Record<string, string> = {};
  let env: Record<string, string> = {};
  let sub: unknown;
  let server: ChildProcess;
  let log = '';
  let port: number;
  let invitation = '';
  const children: ChildProcess[] = [];
  const home = 'https://masto.example.org';
  const isHome = (url: URL): boolean => url.origin === home;

  beforeAll(async () => {
    image = await assemble();
    root = await mkdtemp(path.join(os.tmpdir(), 'aluco-evening-'));
    await chmod(root, 0o755);
    port = await freePort();
  });
  afterAll(async () => {
    await proxy?.close();
    for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await image?.remove();
    await rm(root, { recursive: true, force: true });
  });

  /** Starts the program with what README sets and the port, and waits until it listens. */
  async function start(): Promise<void> {
    log = '';
    const environment = {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      ...settings,
      ALUCO_PORT: String(port),
    };
    server = spawn(process.execPath, ['dist/main.js'], {
      cwd: image.folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(server);
    server.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    for (let tries = 0; !log.includes('"listening"') && tries < 1200 && server.exitCode === null; tries += 1) {
      await pause(100);
    }
    expect(log).toContain('"listening"');
  }

  async function stop(): Promise<void> {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }

  /** A command of the program, as the administrator gives it beside the server. */
  async function aluco(...args: string[]): Promise<string> {
    const environment = { PATH: process.env['PATH'] ?? '', ...settings };
    const { stdout } = await runToEnd(process.execPath, ['dist/cli.js', ...args], {
      cwd: image.folder,
      env: environment,
    });
    return stdout;
  }

  const send: typeof fetch = (input, init) => proxy.from('127.0.0.1')(input, init);
  const visitor = (): Visitor => makeVisitor(isHome, send);
  const json = async (url: string, init?: RequestInit): Promise<Record<string, unknown>> => {
    const answer = await send(url, init);
    expect(answer.status, url).toBe(200);
    return (await answer.json()) as Record<string, unknown>;
  };

  /** Somebody signs in at the Mastodon whose file has these lines, which then reads what it always reads. */
  async function signInAtMastodon(browser: Visitor, profile: string): Promise<Record<string, unknown>> {
    const found = await json(`${env['OIDC_ISSUER']}/.well-known/openid-configuration`);
    const verifier = randomBytes(32).toString('base64url');
    const nonce = randomBytes(16).toString('hex');
    const authorize = new URL(String(found['authorization_endpoint']));
    const redirect_uri = env['OIDC_REDIRECT_URI'] ?? '';
    for (const [name, value] of Object.entries({
      client_id: env['OIDC_CLIENT_ID'] ?? '',
      response_type: 'code',
      scope: (env['OIDC_SCOPE'] ?? '').split(',').join(' '),
      redirect_uri,
      state: 'a state',
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }))
      authorize.searchParams.set(name, value);
    const page = await walk(browser, { isHome }, await browser.get(authorize), { person: 'alix', profile });
    expect(page.url.href.startsWith(redirect_uri)).toBe(true);
    const pair = [env['OIDC_CLIENT_ID'], env['OIDC_CLIENT_SECRET']].map((part) => encodeURIComponent(part ?? ''));
    const tokens = await json(String(found['token_endpoint']), {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(pair.join(':')).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: page.url.searchParams.get('code') ?? '',
        redirect_uri,
        code_verifier: verifier,
      }).toString(),
    });
    const keys = createLocalJWKSet((await json(String(found['jwks_uri']))) as unknown as JSONWebKeySet);
    const { payload } = await jwtVerify(String(tokens['id_token']), keys, {
      issuer: env['OIDC_ISSUER'] ?? '',
      audience: env['OIDC_CLIENT_ID'] ?? '',
    });
    expect(payload['nonce']).toBe(nonce);
    const headers = { authorization: `Bearer ${String(tokens['access_token'])}` };
    return { ...(await json(String(found['userinfo_endpoint']), { headers })), ...payload };
  }

  test('from an empty folder it starts, behind the proxy, and says how its first administrator comes in', async () => {
    const steps = await startSteps(root);
    await runToEnd('sh', ['-euc', `mkdir -p ${root}/srv\n${steps.commands}`]);
    ({ settings } = steps);
    expect(Object.keys(settings)).toEqual(['ALUCO_DATA', 'ALUCO_MASTER_KEY_FILE']);
    await start();
    if (nginx !== undefined) proxy = await run(nginx, await prepare(port));
    const page = await visitor().get(`${proxy.url}/`);
    expect(textOf(page)).toContain('aluco account add');
    expect(log).toContain('"no_administrator"');
  });

  test('Odile gives the code and becomes its first administrator, at the public address', async () => {
    const code = /"code":"([^"]+)"/u.exec(log)?.[1] ?? '';
    const odile = visitor();
    const asked = await odile.submit(await odile.get(`${proxy.url}/first-run`), '/first-run', { code });
    const done = await odile.submit(asked, '/first-run', {
      url: proxy.url,
      name: 'La Hulotte',
      contact: 'chouette@hulotte.example',
      language: 'fr',
      loginName: PEOPLE.odile.loginName,
      password: PEOPLE.odile.password,
    });
    expect([done.status, done.text.includes(proxy.url)]).toEqual([200, true]);
    expect((await odile.get(`${proxy.url}/first-run`)).status).toBe(404);
    expect(await json(`${proxy.url}/.well-known/openid-configuration`)).toMatchObject({ issuer: proxy.url });
  });

  async function odileSignedIn(): Promise<Visitor> {
    const odile = visitor();
    const { loginName: login, password } = PEOPLE.odile;
    const home = await odile.submit(await odile.get(`${proxy.url}/`), '/sign-in', { login, password });
    expect([home.status, home.text.includes('La Hulotte')]).toEqual([200, true]);
    return odile;
  }

  test('she tells it of the proxy, adds Mastodon from its template, lets everyone in, and invites Alix', async () => {
    const odile = await odileSignedIn();
    const house = await odile.get(`${proxy.url}/admin/house`);
    const saved = await odile.submit(house, '/admin/house', {
      trusted_proxies: '127.0.0.1',
      alias_domain: 'relais.example',
    });
    expect(saved.url.search).toBe('?notice=saved');

    const questions = await odile.get(`${proxy.url}/admin/applications/new/mastodon`);
    const answers = {
      name: 'Mastodon',
      address: home,
      button: `Compte de l'Oiseau "bleu" – $5 #1`,
      only: 'no',
      people: 'none',
    };
    const instructions = await odile.submit(questions, '/new/mastodon', answers);
    expect(instructions.status).toBe(200);
    const text = (await odile.submit(instructions, '/instructions', { format: 'txt' })).text;
    env = readDotenv(
      text
        .split('\n')
        .filter((line) => /^[A-Z_]+=/u.test(line))
        .join('\n'),
    );
    expect(env).toMatchObject({ OIDC_ISSUER: proxy.url, OIDC_DISPLAY_NAME: answers.button });

    const list = await odile.get(`${proxy.url}/admin/applications`);
    const link = list.document.querySelectorAll('a').find((entry) => entry.textContent.includes('Mastodon'));
    const application = await odile.get(new URL(link?.getAttribute('href') ?? '', proxy.url));
    const open = await odile.submit(application, application.url.pathname, { entry: 'everyone' });
    expect(open.url.search).toBe('?notice=saved');

    const accounts = await odile.get(`${proxy.url}/admin/accounts`);
    const invited = await odile.submit(accounts, '/admin/accounts/invite', { label: 'Alix, du chœur' });
    invitation = new RegExp(`${proxy.url}/[a-z]+/[\\w-]{22,}`, 'u').exec(invited.text)?.[0] ?? '';
    expect(invitation).not.toBe('');
  });

  test('Alix accepts, signs in at Mastodon, and is there by the name of her profile', async () => {
    const alix = visitor();
    const { loginName, password, mailbox } = PEOPLE.alix;
    const page = await alix.get(invitation);
    await alix.submit(page, page.url.pathname, { loginName, password, mailbox });
    expect((await alix.get(invitation)).status).not.toBe(200);
    const claims = await signInAtMastodon(alix, 'chouette');
    expect(String(claims[env['OIDC_UID_FIELD'] ?? 'sub'])).toBe('chouette');
    expect(claims['email']).toMatch(/@relais\.example$/u);
    ({ sub } = claims);
  });

  test('Odile backs up, loses everything, restores, and Alix signs in as the same', async () => {
    const identity = path.join(root, 'identity');
    const recipient = (await aluco('backup', 'key', identity)).trim().split('\n').at(-1) ?? '';
    const file = path.join(root, 'evening.age');
    await aluco('backup', '--recipient', recipient, '--to', file);
    await stop();
    await rm(settings['ALUCO_DATA'] ?? '', { recursive: true });

    await aluco('restore', file, '--identity', identity);
    await start();
    const claims = await signInAtMastodon(visitor(), 'chouette');
    expect([claims['sub'], claims['preferred_username']]).toEqual([sub, 'chouette']);
    expect(await aluco('check')).not.toMatch(/problem/iu);
    await odileSignedIn();
  });
});
