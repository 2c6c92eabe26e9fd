import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { begin, openService, signIn, type Service } from '../application.ts';
import { freePort } from '../free-port.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { workOn } from '../working.ts';
import { blocksOf, DOCUMENTED } from './documented.ts';
import { find, prepare, run, type Running } from './running.ts';

for (const { name, program } of DOCUMENTED) {
  if (find(program) === undefined) console.warn(`No ${program}: the configuration for ${name} is NOT tested.`);
}

describe.each(DOCUMENTED)('behind $name, as documented', (documented) => {
  const { program, name } = documented;
  const present = find(program) !== undefined && find('openssl') !== undefined;

  describe.skipIf(!present)('with the program at hand', () => {
    let house: House;
    let proxy: Running;
    let blog: Service;
    beforeAll(async () => {
      const port = await freePort();
      const place = await prepare(port);
      const settings = {
        ALUCO_URL: `https://localhost:${place.https}`,
        ALUCO_PORT: String(port),
        ALUCO_TRUSTED_PROXIES: '127.0.0.1 ::1',
      };
      house = await openHouse({ settings, host: '127.0.0.1' });
      proxy = await run(documented, place);
      blog = await openService(house, 'Blog', { send: proxy.from('127.0.0.1') });
      await addPerson(house.parts, 'alix');
    });
    afterAll(async () => {
      await blog?.close();
      await proxy?.close();
      await house?.close().catch(() => undefined);
    });

    const visitorFrom = (address: string) => makeVisitor((url) => blog.isHome(url), proxy.from(address));

    test('Alix signs in, with cookies that only this address over https can set', async () => {
      const alix = visitorFrom('127.0.0.1');
      const { idToken, userinfo } = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
      expect([idToken.iss, userinfo['preferred_username']]).toEqual([proxy.url, 'alice']);
      const cookies = await alix.jar.getCookies(proxy.url);
      expect(cookies.map(({ key }) => key)).toEqual(expect.arrayContaining(['__Host-aluco', '__Host-aluco.sig']));
      for (const { key, secure, path } of cookies) expect([key, secure, path]).toEqual([key, true, '/']);
      const page = await alix.get(`${proxy.url}/account`);
      expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(page.headers.get('strict-transport-security')).toContain('max-age=');
    });

    test('without https the browser is led to https, to the same page', async () => {
      const answer = await proxy.from('127.0.0.1')(`${proxy.httpUrl}/account?a=b`, { redirect: 'manual' });
      const { protocol, hostname, pathname, search } = new URL(answer.headers.get('location') ?? '');
      expect([301, 308]).toContain(answer.status);
      expect([protocol, hostname, pathname, search]).toEqual(['https:', 'localhost', '/account', '?a=b']);
    });

    test('A46: limits are for the network of the browser, whatever it says of itself', async () => {
      /** The statuses of guesses from an address that says each time that it is another. */
      async function guess(from: string, times: number): Promise<number[]> {
        const visitor = visitorFrom(from);
        let page = await visitor.get(`${proxy.url}/account`);
        const address = page.url.href;
        const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
        const statuses: number[] = [];
        for (let turn = 0; turn < times; turn += 1) {
          const other = `198.51.${turn}.1`;
          const spoofed = { 'x-forwarded-for': other, 'x-real-ip': other, forwarded: `for=${other}` };
          const fields = { csrf, login: PEOPLE.bruno.loginName, password: 'a guess', ...workOn(page) };
          page = await visitor.post(`${address}/sign-in`, fields, spoofed);
          statuses.push(page.status);
        }
        return statuses;
      }
      const guesses = await guess('127.0.9.2', 7);
      expect([guesses[0], guesses.at(-1)]).toEqual([422, 429]);
      expect(await guess('127.0.8.2', 1)).toEqual([422]);
    });

    test('A47: no address that it is asked under comes back', async () => {
      const headers = {
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
        'x-forwarded-proto': 'http',
      };
      const answer = await proxy.from('127.0.0.1')(`${proxy.url}/.well-known/openid-configuration`, { headers });
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ issuer: proxy.url });
      expect(text).not.toContain('evil');
    });

    test('addresses of 11 KiB and forms of 250 KiB reach the house, and its own refusals reach the browser', async () => {
      const visitor = visitorFrom('127.0.0.1');
      const { url } = await begin(blog, { state: 's'.repeat(10.5 * 1024) });
      expect(url.href.length).toBeGreaterThan(11_000);
      const page = await visitor.get(url);
      expect([page.status, page.url.pathname.startsWith('/journey/')]).toEqual([200, true]);
      const fill = (bytes: number) => visitor.post(`${proxy.url}/account/note`, { csrf: 'x'.repeat(bytes) });
      const ours = await fill(300 * 1024);
      expect([ours.status, ours.text.includes('accepts at once')]).toEqual([413, true]);
      expect((await fill(600 * 1024)).status).toBe(413);
      expect((await fill(250 * 1024)).status).not.toBe(413);
    });

    test('a picture comes through', async () => {
      await addPerson(house.parts, 'odile');
      const odile = visitorFrom('127.0.0.1');
      const { loginName: login, password } = PEOPLE.odile;
      await odile.submit(await odile.get(`${proxy.url}/account`), '/sign-in', { login, password });
      const picture = new File([`<svg xmlns="http://www.w3.org/2000/svg">${' '.repeat(40_000)}</svg>`], 'a.svg');
      const page = await odile.submit(await odile.get(`${proxy.url}/admin/house`), '/admin/house', { picture });
      expect(page.document.querySelector('.home img')?.getAttribute('src')).toMatch(/^\/look\/.+\.svg$/u);
      expect(page.document.querySelector('.reference')?.textContent).toContain('A trusted proxy says where you are.');
    });

    test('nothing that it writes holds a path, a query or an address of a person, also while the house is down', async () => {
      const ask = proxy.from('127.0.9.2');
      const secret = `${proxy.url}/invitation/one-time-secret?code=secret-code`;
      await ask(secret);
      await house.close();
      const answer = await ask(secret);
      expect([502, 503]).toContain(answer.status);
      const written = proxy.written();
      for (const word of ['secret', 'code=', 'journey', '127.0.9.2', '127.0.8.2', 'alix', '/oidc/'])
        expect([name, word, written.includes(word)]).toEqual([name, word, false]);
    });
  });
});

test('the two files for Traefik are YAML, and what one names the other has', () => {
  const [first = '', second = ''] = blocksOf('yaml');
  const fixed = parse(first) as { entryPoints: object; certificatesResolvers: object; providers: object };
  const { http } = parse(second) as {
    http: {
      routers: {
        aluco: {
          rule: string;
          entryPoints: string[];
          service: string;
          middlewares: string[];
          tls: { certResolver: string };
        };
      };
      middlewares: Record<string, { buffering: { maxRequestBodyBytes: number } }>;
      services: Record<string, { loadBalancer: { serversTransport: string; servers: { url: string }[] } }>;
      serversTransports: Record<string, object>;
    };
  };
  const { aluco } = http.routers;
  expect(Object.keys(fixed.entryPoints)).toEqual(['web', ...aluco.entryPoints]);
  expect(Object.keys(fixed.certificatesResolvers)).toEqual([aluco.tls.certResolver]);
  expect(fixed.providers).toEqual({ file: { filename: '/etc/traefik/aluco.yml' } });
  expect(first).not.toMatch(/forwardedHeaders|accessLog/u);
  expect(aluco.rule).toBe('Host(`id.example.org`)');
  expect(Object.keys(http.middlewares)).toEqual(aluco.middlewares);
  expect(http.middlewares['aluco-size']?.buffering.maxRequestBodyBytes).toBe(512 * 1024);
  const service = http.services[aluco.service]?.loadBalancer;
  expect(service?.servers).toEqual([{ url: 'http://127.0.0.1:8080' }]);
  expect(Object.keys(http.serversTransports)).toEqual([service?.serversTransport]);
});
