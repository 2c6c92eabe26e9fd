import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { aluco } from '../aluco.ts';
import { freePort } from '../free-port.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson } from '../people.ts';
import { makeSamlKeys } from '../../src/saml/keys.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(options: Parameters<typeof openHouse>[0] = {}): Promise<House> {
  const house = await openHouse(options);
  closing.push(() => house.close());
  return house;
}

type Report = { status: number; lines: string[]; of(about: string): string };

/** What the doctor says; `of` gives the lines about one thing. */
async function examine(environment: Record<string, string>): Promise<Report> {
  const { status, said, complained } = await aluco(environment, ['doctor']);
  expect(complained).toEqual([]);
  for (const line of said) expect(line).toMatch(/^(ok {5}|warning|problem) {2}[a-z ]+: .*[.?]$/u);
  expect(said.join('\n')).not.toMatch(/@/u);
  return {
    status,
    lines: said,
    of: (about) => said.filter((line) => line.slice(9).startsWith(`${about}:`)).join('\n'),
  };
}

/** A proxy on loopback that speaks to the house and treats X-Forwarded-For as told. */
async function proxyTo(
  port: number,
  to: string,
  forward: (seen: string | undefined) => string | undefined,
): Promise<void> {
  const server: Server = createServer((req, res) => {
    const { 'x-forwarded-for': seen, ...headers } = req.headers;
    const value = forward(typeof seen === 'string' ? seen : undefined);
    const passed = request(
      `${to}${req.url}`,
      { method: req.method, headers: { ...headers, ...(value === undefined ? {} : { 'x-forwarded-for': value }) } },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    passed.on('error', () => res.writeHead(502).end());
    req.pipe(passed);
  }).listen(port, 'localhost');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
}

test.each(['sqlite', 'postgres'] as const)(
  'a house in order on %s has no problem, and each line says what it is',
  async (engine) => {
    const house = await open({ engine, settings: { ALUCO_CONTACT: 'odile@home.example' } });
    await addPerson(house.parts, 'odile');
    await addApplication(house.parts, 'Meadow', 'https://meadow.example');
    const { status, lines, of } = await examine(house.environment);
    expect([status, lines.filter((line) => line.startsWith('problem'))]).toEqual([0, []]);
    expect(of('engine')).toMatch(engine === 'sqlite' ? /^ok .*SQLite 3\./u : /^ok .*PostgreSQL \d/u);
    expect(of('migrations')).toMatch(/^ok/u);
    expect(of('master key')).toMatch(/^ok/u);
    expect(of('signing keys')).toMatch(/^ok .*3 are published, the newest is 0 days old/u);
    expect(of('public address')).toMatch(/^ok .* leads here\. It is this machine’s own/u);
    expect(of('proxy headers')).toMatch(/^ok .*No proxy is in front/u);
    expect(of('administrator')).toMatch(/^ok/u);
    expect(of('applications')).toMatch(/Everyone with an account may enter Meadow/u);
    expect(of('settings')).toMatch(/ALUCO_URL is http/u);
  },
);

test('what is careless is a warning, each with what to do', async () => {
  const house = await open({
    settings: {
      ALUCO_ALIAS_DOMAIN: 'relay.localhost',
      ALUCO_LISTEN: '0.0.0.0',
      ALUCO_METRICS_TOKEN: 'sixteen-letters-',
    },
  });
  await addPerson(house.parts, 'odile');
  await addApplication(house.parts, 'Cellar', 'https://cellar.example', { entry: { kind: 'nobody' } });
  const { meta } = house.parts.storage.tables;
  await house.parts.storage.write(async (tx) => void (await tx.insert(meta).values({ key: 'quiet', value: '1' })));
  const { status, of } = await examine(house.environment);
  expect(status).toBe(0);
  for (const name of ['ALUCO_ALIAS_DOMAIN', 'ALUCO_LISTEN', 'ALUCO_CONTACT', 'ALUCO_METRICS_TOKEN']) {
    expect(of('settings')).toMatch(new RegExp(`^warning  settings: ${name}`, 'mu'));
  }
  expect(of('applications')).toMatch(/^warning .*Nobody may enter Cellar/u);
  expect(of('quiet')).toMatch(/^warning/u);
});

test('a clock that went back, a lost key, no administrator and an old signing key are told', async () => {
  const past = Date.now() - 200 * 86_400_000;
  const house = await open({ now: () => past });
  const { meta } = house.parts.storage.tables;
  const value = String(Date.now() + 3_600_000);
  await house.parts.storage.write(async (tx) => void (await tx.insert(meta).values({ key: 'clock', value })));
  const first = await examine(house.environment);
  expect(first.status).toBe(1);
  expect(first.of('clock')).toMatch(/^problem .*The time went back: .* 36\d\d seconds ahead/u);
  expect(first.of('signing keys')).toMatch(/^warning .*200 days old/u);
  expect(first.of('administrator')).toMatch(/^problem .*aluco account add NAME --administrator/u);

  const key = `${house.environment['ALUCO_DATA']}.key`;
  await chmod(key, 0o644);
  expect((await examine(house.environment)).of('master key')).toMatch(/^problem .*chmod 600/u);
  await chmod(key, 0o600);
  await writeFile(key, `${Buffer.alloc(32, 7).toString('base64url')}\n`);
  const second = await examine(house.environment);
  expect(second.of('master key')).toMatch(/^problem .*does not belong to this database/u);
  expect(second.of('public address')).toMatch(/^ok/u);
});

test('an address that does not resolve, does not answer, or is somebody else’s is told', async () => {
  const house = await open();
  const other = await open();
  const at = async (url: string): Promise<string> =>
    (await examine({ ...house.environment, ALUCO_URL: url })).of('public address');
  expect(await at('https://nowhere.invalid')).toMatch(/^problem .*does not resolve/u);
  expect(await at(`http://localhost:${await freePort()}`)).toMatch(/^problem .*Nothing answers there/u);
  expect(await at(other.url)).toMatch(/^problem .*another instance/u);
  const stranger = createServer((_req, res) => res.end('hello')).listen(0, 'localhost');
  await once(stranger, 'listening');
  closing.push(async () => stranger.close());
  const { port } = stranger.address() as { port: number };
  expect(await at(`http://localhost:${port}`)).toMatch(/^problem .*answered by something else \(status 200\)/u);
  expect(await at(`https://localhost:${port}`)).toMatch(/^problem/u);
});

test.each([
  [
    'adds to the header, and is trusted',
    '127.0.0.0/8 ::1/128',
    (seen?: string) => [seen, '198.51.100.4'].filter(Boolean).join(', '),
    /^ok .*says where people come from/u,
  ],
  [
    'puts its own in place, and is trusted',
    '127.0.0.0/8 ::1/128',
    () => '198.51.100.4',
    /^ok .*says where people come from/u,
  ],
  [
    'is on the machine of whoever asks',
    '127.0.0.0/8 ::1/128',
    (seen?: string) => `${seen}, 127.0.0.1`,
    /^ok .*is believed/u,
  ],
  [
    'adds to the header, and is not trusted',
    '',
    (seen?: string) => `${seen}, 198.51.100.4`,
    /^problem .*Add it to ALUCO_TRUSTED_PROXIES/u,
  ],
  [
    'hands on what visitors made up',
    '127.0.0.0/8 ::1/128',
    (seen?: string) => seen,
    /^problem .*pretend to come from elsewhere/u,
  ],
  [
    'says nothing of where people come from',
    '127.0.0.0/8 ::1/128',
    () => undefined,
    /^problem .*does not say where people come from/u,
  ],
  [
    'is trusted and not there',
    '198.51.100.0/24',
    (seen?: string) => seen,
    /^warning .*no such proxy stood in the way/u,
  ],
])('A46 a proxy that %s is recognised', async (_what, trusted, forward, expected) => {
  const port = await freePort();
  const house = await open({ settings: { ALUCO_URL: `http://localhost:${port}`, ALUCO_TRUSTED_PROXIES: trusted } });
  await proxyTo(port, house.url, forward);
  expect((await examine(house.environment)).of('proxy headers')).toMatch(expected);
});

test('how a request arrived is told to nobody who does not hold the master key', async () => {
  const house = await open();
  for (const authorization of ['', 'Bearer ', `Bearer ${Date.now()}.`, `Bearer ${Date.now()}.${'A'.repeat(43)}`]) {
    const answer = await fetch(`${house.url}/doctor`, { headers: { authorization } });
    expect([authorization, answer.status]).toEqual([authorization, 404]);
  }
});

test('the doctor changes nothing: no database, no key, no migration', async () => {
  const house = await open();
  const folder = path.join(house.folder, 'elsewhere');
  const environment = {
    ...house.environment,
    ALUCO_DATA: path.join(folder, 'data'),
    ALUCO_URL: `http://localhost:${await freePort()}`,
  };
  const none = await examine(environment);
  expect(none.of('engine')).toMatch(/^warning .*There is no database yet/u);
  await expect(chmod(folder, 0o700)).rejects.toThrow('ENOENT');

  const { default: Database } = await import('better-sqlite3');
  const file = path.join(house.environment['ALUCO_DATA'] ?? '', 'aluco.sqlite');
  const database = new Database(file);
  database.exec("DELETE FROM migration WHERE name > '0000_first'");
  expect((await examine(house.environment)).of('migrations')).toMatch(/^warning .*0001_house, .* will be applied/u);
  database.exec("INSERT INTO migration VALUES ('9999_later')");
  const newer = await examine(house.environment);
  expect([newer.status, newer.of('migrations')]).toEqual([
    1,
    expect.stringMatching(/^problem .*newer Aluco \(9999_later\)/u),
  ]);
  database.close();

  await mkdir(environment.ALUCO_DATA, { recursive: true });
  await writeFile(path.join(environment.ALUCO_DATA, 'aluco.sqlite'), 'this is no database, whatever its name says');
  const damaged = await examine(environment);
  expect([damaged.status, damaged.of('engine')]).toEqual([1, expect.stringMatching(/^problem .*is damaged/u)]);
  const away = await examine({
    ...environment,
    ALUCO_DATABASE: `postgres://u:hunter2@127.0.0.1:${await freePort()}/x`,
  });
  expect([away.status, away.of('engine')]).toEqual([1, expect.stringMatching(/^problem .*cannot be reached/u)]);
  expect(away.lines.join('\n')).not.toContain('hunter2');
});

test('says until when the certificate of SAML is valid, and what to do before it ends', async () => {
  const [young, old] = [await openHouse(), await openHouse()];
  closing.push(
    () => young.close(),
    () => old.close(),
  );
  expect((await examine(young.environment)).of('certificate')).toBe('');
  await young.parts.saml.ours();
  expect((await examine(young.environment)).of('certificate')).toMatch(/^ok {7}certificate: It is valid until \d{4}-/u);

  const { storage, seals } = old.parts;
  const day = 86_400_000;
  const keys = makeSamlKeys({ storage, seals, name: 'localhost', now: () => Date.now() - 3652 * day + 40 * day });
  await keys.current();
  expect((await examine(old.environment)).of('certificate')).toMatch(
    /^warning {2}certificate: It ends in 3\d days.*aluco saml prepare/u,
  );
  await old.parts.saml.maintainKeys();
  expect((await examine(old.environment)).of('certificate')).toMatch(/aluco saml activate ID\.$/u);
});
