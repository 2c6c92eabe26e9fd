import { count } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { request } from './asking.ts';

let house: House;
let phone: Service;
beforeAll(async () => {
  house = await openHouse();
  phone = await openService(house, 'Phone', { client: { authMethod: 'none' } });
});
afterAll(async () => {
  await phone.close();
  await house.close();
});

async function rows(): Promise<number> {
  const { transient } = house.parts.storage.tables;
  const [row] = await house.parts.storage.read.select({ rows: count() }).from(transient);
  return row?.rows ?? 0;
}

test('P8: a client that needs no secret pushes 700 requests, and 600 of them leave a row', async () => {
  const body = new URLSearchParams({ ...request(phone), client_id: phone.client.id }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const statuses: number[] = [];
  for (let sent = 0; sent < 700; sent += 50) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => fetch(`${house.url}/oidc/par`, { method: 'POST', headers, body })),
    );
    statuses.push(...answers.map(({ status }) => status));
  }
  expect(statuses.filter((status) => status === 201)).toHaveLength(600);
  expect(statuses.filter((status) => status === 429)).toHaveLength(100);
  expect(await rows()).toBe(600);

  const late = await fetch(`${house.url}/oidc/par`, { method: 'POST', headers, body });
  expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await late.json()).toMatchObject({ error: 'temporarily_unavailable' });

  const proof = await fetch(`${house.url}/oidc/token`, { method: 'POST', headers: { ...headers, dpop: 'x' }, body });
  expect(proof.status).toBe(429);
  const plain = await fetch(`${house.url}/oidc/token`, { method: 'POST', headers, body });
  expect(plain.status).toBe(400);
});
