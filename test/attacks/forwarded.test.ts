import { once } from 'node:events';
import { connect } from 'node:net';
import { parse } from 'node-html-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { workOn } from '../working.ts';

/** Sends a request byte for byte from an address of this machine; returns the whole answer. */
async function send(house: House, request: string, from = '127.0.0.1'): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(house.environment['ALUCO_PORT']), localAddress: from });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  socket.write(request);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('utf8');
}

/** Tries wrong passwords, one after the other, as if from wherever the headers say. */
async function makeGuesser(house: House) {
  const visitor = makeVisitor();
  const page = await visitor.get(`${house.url}/account`);
  const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
  const cookie = await visitor.cookies(page.url.href);
  let shown = page.document;
  /** What the page asks for against robots after some failures: answered each time, or nothing is counted. */
  const work = (): Record<string, string> => workOn({ ...page, document: shown });
  /** The status of one guess. */
  return async (headers: readonly string[], from?: string): Promise<number> => {
    const body = new URLSearchParams({ csrf, login: 'alix', password: 'a guess', ...work() }).toString();
    const head = [
      `POST ${page.url.pathname}/sign-in HTTP/1.1`,
      'Host: localhost',
      `Origin: ${house.url}`,
      `Cookie: ${cookie}`,
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      'Connection: close',
      ...headers,
    ];
    const answer = await send(house, `${head.join('\r\n')}\r\n\r\n${body}`, from);
    shown = parse(answer.slice(answer.indexOf('<!doctype')));
    return Number(answer.slice(9, 12));
  };
}

/** So many guesses at one login name are free from one network, and fewer than are free from anywhere. */
const FREE = 5;

/** Whether one network is told to wait for these guesses; each of them only counts for an identity otherwise. */
async function isHeld(
  guess: Awaited<ReturnType<typeof makeGuesser>>,
  headers: (turn: number) => readonly string[],
  from?: string,
): Promise<boolean> {
  const statuses: number[] = [];
  for (let turn = 0; turn < FREE + 2; turn += 1) statuses.push(await guess(headers(turn), from));
  expect(statuses.slice(0, FREE)).toEqual(Array.from({ length: FREE }, () => 422));
  return statuses.at(-1) === 429;
}

describe('where a request comes from', () => {
  const hosts: House[] = [];
  async function open(trusted: string): Promise<House> {
    const house = await openHouse({ settings: { ALUCO_TRUSTED_PROXIES: trusted }, host: '127.0.0.1' });
    hosts.push(house);
    await addPerson(house.parts, 'odile');
    return house;
  }
  afterAll(async () => {
    for (const house of hosts) await house.close();
  });

  test.each([
    ['X-Forwarded-For', (turn: number) => [`X-Forwarded-For: 198.51.${turn % 250}.${turn % 7}`]],
    [
      'X-Forwarded-For several times',
      (turn: number) => [`X-Forwarded-For: 10.${turn % 250}.1.1`, `X-Forwarded-For: 127.0.0.1, 10.${turn % 250}.2.2`],
    ],
    ['Forwarded', (turn: number) => [`Forwarded: for=198.51.${turn % 250}.1;proto=https;host=evil.example`]],
    ['X-Real-IP', (turn: number) => [`X-Real-IP: 198.51.${turn % 250}.1`]],
    [
      'True-Client-IP',
      (turn: number) => [`True-Client-IP: 198.51.${turn % 250}.1`, `CF-Connecting-IP: 8.8.${turn % 250}.8`],
    ],
  ])(
    'A46: %s of somebody who is no trusted proxy changes nothing: the limit is on the real peer',
    async (_name, spoof) => {
      const guess = await makeGuesser(await open('10.0.0.0/8'));
      expect(await isHeld(guess, spoof)).toBe(true);
      expect(await guess([], '127.0.9.2')).toBe(422);
    },
  );

  test('A46: a trusted proxy is believed, and what stands before its own entry is not', async () => {
    const guess = await makeGuesser(await open('127.0.0.1'));
    const behind = (turn: number): string[] => [`X-Forwarded-For: 198.51.${turn % 250}.1, 203.0.113.9`];
    expect(await isHeld(guess, behind)).toBe(true);
    expect(await guess(['X-Forwarded-For: 192.0.2.1'])).toBe(422);
    // The same from another address of this machine, which is not trusted: it counts for that address.
    expect(await guess(behind(0), '127.0.9.2')).toBe(422);
  });

  test('A46: Forwarded and X-Real-IP are not read, not even from a trusted proxy', async () => {
    const guess = await makeGuesser(await open('127.0.0.1'));
    const headers = (turn: number): string[] => [
      `Forwarded: for=198.51.${turn % 250}.1`,
      `X-Real-IP: 198.51.${turn % 250}.1`,
    ];
    expect(await isHeld(guess, headers)).toBe(true);
    expect(await guess(['X-Forwarded-For: 192.0.2.1'])).toBe(422);
  });

  test('A46: through two trusted proxies, what is malformed ends the chain at the last address that can be read', async () => {
    const guess = await makeGuesser(await open('127.0.0.1 10.0.0.0/8'));
    const headers = (turn: number): string[] => [`X-Forwarded-For: 198.51.${turn % 250}.1, garbage${turn}, 10.0.0.7`];
    expect(await isHeld(guess, headers)).toBe(true);
    expect(await guess(['X-Forwarded-For: 192.0.2.1, 10.0.0.7'])).toBe(422);
  });

  test.each([
    ['a port', ['203.0.113.9:4711'], '203.0.113.200'],
    ['IPv6 with a port', ['[2001:db8:1:200::9]:4711'], '2001:db8:1:200:ffff::1'],
    ['IPv4 within IPv6', ['::ffff:203.0.113.9'], '203.0.113.77'],
    ['IPv6, any of a network', ['2001:db8:1:300::1', '2001:DB8:1:0300:0:0:0:2'], '2001:db8:1:300:f:f:f:f'],
  ])('A46: an address with %s counts for its network', async (_what, written, neighbour) => {
    const guess = await makeGuesser(await open('127.0.0.1'));
    expect(await isHeld(guess, (turn) => [`X-Forwarded-For: ${written[turn % written.length]}`])).toBe(true);
    expect(await guess([`X-Forwarded-For: ${neighbour}`])).toBe(429);
    expect(await guess(['X-Forwarded-For: 192.0.2.1'])).toBe(422);
  });

  const believing = (async () => makeGuesser(await open('127.0.0.1')))();
  test.each([
    ['empty', 'X-Forwarded-For:'],
    ['commas', `X-Forwarded-For: ${','.repeat(2000)}`],
    ['words', 'X-Forwarded-For: localhost, unknown, _hidden'],
    ['numbers that are addresses to some', 'X-Forwarded-For: 0x7f.1, 2130706433, 0177.0.0.1, 1'],
    ['long', `X-Forwarded-For: ${'1'.repeat(9000)}`],
    ['script', 'X-Forwarded-For: <script>alert(1)</script>'],
    ['a zone', 'X-Forwarded-For: fe80::1%eth0'],
    ['a zone with a dot, as networks within networks have', 'X-Forwarded-For: 198.51.100.1, fe80::1%eth0.5'],
    ['bytes', 'X-Forwarded-For: \u00ff\u00fe'],
  ])('A46: a malformed chain (%s) from a trusted proxy breaks nothing', async (_what, header) => {
    expect([422, 429]).toContain(await (await believing)([header]));
  });
});

describe('where a request went to', () => {
  let house: House;
  let blog: Service;
  beforeAll(async () => {
    house = await openHouse({ settings: { ALUCO_TRUSTED_PROXIES: '127.0.0.0/8 ::1' } });
    blog = await openService(house, 'Blog');
    await addPerson(house.parts, 'alix');
    await addPerson(house.parts, 'odile');
  });
  afterAll(async () => {
    await blog.close();
    await house.close();
  });

  const SPOOFS: readonly (readonly [string, readonly string[]])[] = [
    ['Host', ['Host: evil.example']],
    ['Host with a port', ['Host: evil.example:443']],
    ['X-Forwarded-Host', ['Host: localhost', 'X-Forwarded-Host: evil.example']],
    ['X-Forwarded-Host twice', ['Host: localhost', 'X-Forwarded-Host: evil.example, evil.example']],
    [
      'X-Forwarded-Proto, -Port and -Prefix',
      ['Host: localhost', 'X-Forwarded-Proto: evil', 'X-Forwarded-Port: 6666', 'X-Forwarded-Prefix: //evil.example'],
    ],
    ['Forwarded', ['Host: localhost', 'Forwarded: host=evil.example;proto=https']],
    ['X-Original-URL', ['Host: localhost', 'X-Original-URL: https://evil.example/', 'X-Rewrite-URL: //evil.example']],
    ['X-Original-Host', ['Host: localhost', 'X-Original-Host: evil.example', 'X-Forwarded-Server: evil.example']],
  ];

  /** Every kind of answer that says where we are. */
  async function pages(): Promise<string[]> {
    const attempt = await begin(blog);
    const cut = (url: string | URL): string => String(url).slice(house.url.length);
    return [
      '/.well-known/openid-configuration',
      '/',
      '/account',
      '/admin/house',
      '/signed-out',
      '/nothing',
      cut(attempt.url),
      '/oidc/logout',
      '/oidc/authorize?client_id=nobody',
      '/account/password',
      '/oidc/jwks',
      '/oidc/userinfo',
    ];
  }

  /** Addresses of an answer, in its head and in its body. */
  const isClean = (answer: string): boolean => !/evil|6666/iu.test(answer.replace(/^date:.*$/imu, ''));

  test.each(SPOOFS)('A47: %s of anybody stands in no address that we emit', async (_name, headers) => {
    for (const target of await pages()) {
      const answer = await send(
        house,
        [`GET ${target} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n'),
      );
      expect([target, answer.slice(0, 12), isClean(answer)]).toEqual([
        target,
        expect.stringMatching(/^HTTP\/1\.1 [2345]/u),
        true,
      ]);
      const location = /^location: (.*)$/imu.exec(answer)?.[1]?.trim() ?? house.url;
      const { origin } = new URL(location, house.url);
      expect([house.url, blog.url]).toContain(origin);
      if (target.includes('openid-configuration')) {
        // Names of levels are addresses too, of whoever named them.
        const addresses = [...answer.matchAll(/"(https?:[^"]+)"/gu)].map(([, address = '']) => new URL(address).origin);
        expect(addresses.length).toBeGreaterThan(5);
        expect(new Set(addresses)).toEqual(new Set([house.url, 'https://refeds.org']));
      }
    }
  });

  test.each(['http://evil.example', 'https://evil.example:8443', 'http://evil@evil.example', 'HTTP://EVIL.EXAMPLE'])(
    'A47: a request line with a whole address (%s) is answered as the path alone would be',
    async (origin) => {
      for (const target of await pages()) {
        const request = [`GET ${origin}${target} HTTP/1.1`, 'Host: evil.example', 'Connection: close', '', ''];
        const answer = await send(house, request.join('\r\n'));
        expect([target, isClean(answer)]).toEqual([target, true]);
        const plain = await send(house, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        expect([target, answer.slice(0, 12)]).toEqual([target, plain.slice(0, 12)]);
      }
    },
  );

  test('A47: a form is judged by the configured address, whatever Host says', async () => {
    const page = await makeVisitor().get(house.url);
    const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const body = `csrf=${csrf}&login=alix&password=x`;
    const answer = await send(
      house,
      [
        `POST ${page.url.pathname}/sign-in HTTP/1.1`,
        'Host: evil.example',
        'X-Forwarded-Host: evil.example',
        'Origin: http://evil.example',
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${body.length}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
    expect(answer.slice(9, 12)).toBe('403');
  });

  test('A47: a whole sign-in with spoofed headers at every step ends where the configured address leads', async () => {
    const spoofed = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'evil', forwarded: 'host=evil.example' };
    const send: typeof fetch = (input, init) => {
      const headers = new Headers(init?.headers);
      for (const [name, value] of Object.entries(spoofed)) headers.set(name, value);
      return fetch(input, { ...init, headers });
    };
    const visitor = makeVisitor((url) => blog.isHome(url), send);
    const received = await signIn(visitor, blog, { person: 'alix', profile: 'alice' });
    expect(received.idToken.iss).toBe(house.url);
    expect(received.answer.searchParams.get('iss') ?? house.url).toBe(house.url);
    expect(new Set(visitor.trail.map(({ origin }) => origin))).toEqual(new Set([house.url, blog.url]));
  });
});
