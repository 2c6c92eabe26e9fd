import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import * as client from 'openid-client';
import type { Storage } from '../../src/storage/storage.ts';
import { begin, walk, type Service } from '../application.ts';
import type { House } from '../house.ts';
import { PEOPLE } from '../people.ts';
import type { Visitor } from '../visitor.ts';

/** Who gets what wrong, and with which tokens. */
type Troubles = { house: House; service: Service; visitor: Visitor; token: string; refreshToken: string };

/** Where the person sits who gets it wrong: a documentation address (RFC 5737). */
export const ADDRESS = '203.0.113.77';

/** A password that nobody has. */
export const WRONG = 'a very wrong guess';

/** Everything that people and applications get wrong. */
export async function stumble({ house, service, visitor, token }: Troubles): Promise<void> {
  const attempt = await begin(service, { prompt: 'login', login_hint: PEOPLE.alix.mailbox });
  const page = await visitor.get(attempt.url, { 'x-forwarded-for': ADDRESS });
  await visitor.submit(page, '/sign-in', { login: PEOPLE.alix.mailbox, password: WRONG });
  await visitor.submit(page, '/sign-in', { login: 'x'.repeat(100_000), password: 'y'.repeat(50_000) });
  await visitor.post(`${page.url.href}/profile`, { profile: 'of somebody else' });
  await visitor.post(`${house.url}/journey/none/sign-in`, { login: PEOPLE.alix.loginName });
  await visitor.get(`${house.url}/oidc/authorize?client_id=${'c'.repeat(5000)}&scope=openid`);
  await visitor.get(`${house.url}/oidc/authorize?client_id=%0A%20%20%20%20at%20${PEOPLE.alix.mailbox}`);
  await visitor.get(`${house.url}/profiles/${encodeURIComponent(PEOPLE.alix.mailbox)}`);
  await visitor.get(`${house.url}/${'p'.repeat(9000)}`);
  await fetch(`${house.url}/account`, {
    method: 'POST',
    body: 'a'.repeat(400_000),
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
  });
  for (const path of ['/oidc/token', '/oidc/introspect', '/oidc/revoke', '/oidc/par']) {
    await fetch(house.url + path, {
      method: 'POST',
      body: new URLSearchParams({ code: 'stolen', token: 'stolen' }),
      headers: { authorization: 'Basic !!' },
    });
    await fetch(house.url + path, {
      method: 'POST',
      body: '%E0%A4%A',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  }
  await fetch(`${house.url}/oidc/userinfo`, { headers: { authorization: `Bearer ${token}` } });
}

/** Callers who hang up in the middle of what they say. */
export async function hangUp({ house }: Troubles): Promise<void> {
  const { hostname, port } = new URL(house.url);
  for (const path of ['/oidc/token', '/oidc/authorize', '/journey/none/sign-in', '/oidc/userinfo']) {
    for (const body of ['', `token=${PEOPLE.alix.password}`]) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      const head = [
        'content-type: application/x-www-form-urlencoded',
        'content-length: 5000',
        'sec-fetch-site: same-origin',
      ];
      socket.write([`POST ${path} HTTP/1.1`, `host: ${hostname}`, ...head, '', body].join('\r\n'));
      await setTimeout(20);
      socket.resetAndDestroy();
    }
  }
  await setTimeout(100);
}

/** Things break underneath: whoever comes in the meantime gets an error. */
export async function breakDown({ house, service, visitor, token, refreshToken }: Troubles): Promise<void> {
  const { storage } = house.parts;
  for (const table of ['profile', 'token', 'session', 'timeline', 'account']) {
    await alter(storage, `ALTER TABLE ${table} RENAME TO ${table}_away`);
    const attempt = await begin(service, { prompt: 'login' });
    await visitor
      .get(attempt.url)
      .then((page) => walk(visitor, service, page, { person: 'alix', profile: 'heron_lakeside' }))
      .catch(() => undefined);
    await visitor.get(`${house.url}/`);
    await fetch(`${house.url}/oidc/userinfo`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await client.refreshTokenGrant(service.configuration, refreshToken).catch(() => undefined);
    await alter(storage, `ALTER TABLE ${table}_away RENAME TO ${table}`);
  }
}

/** Changes what the tables are called. */
export function alter(storage: Storage, statement: string): Promise<void> {
  return storage.write(async (tx) => void (await execute(tx, statement)));
}

function execute(tx: object, statement: string): unknown {
  const db = tx as { execute?: (query: unknown) => unknown; run?: (query: unknown) => unknown };
  return db.execute === undefined ? db.run?.(sql.raw(statement)) : db.execute(sql.raw(statement));
}
