import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ID_TOKEN_ALGORITHMS } from '../../src/applications/client-settings.ts';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { get, obtainCode, redeem } from './exchange.ts';
import { startNode } from './nodes.ts';

const ALICE = { person: 'alix', profile: 'alice' } as const;
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Everything in a JWK of these kinds that nobody else may see (RFC 7518 §6, RFC 8037 §2). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

type SecondNode = Awaited<ReturnType<typeof startNode>>;

describe('the keys of two nodes on one database', () => {
  let now = Date.now();
  let house: House;
  let second: SecondNode;
  let services: Service[];
  let alix: Visitor;
  beforeAll(async () => {
    house = await openHouse({ now: () => now });
    second = await startNode(house, () => now);
    services = [];
    for (const idTokenAlgorithm of ID_TOKEN_ALGORITHMS) {
      services.push(await openService(house, `Blog ${idTokenAlgorithm}`, { client: { idTokenAlgorithm } }));
    }
    await addPerson(house.parts, 'alix');
    alix = makeVisitor((url) => services.some((service) => service.isHome(url)));
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await second.close();
    await house.close();
  });

  const nodes = (): string[] => [house.url, second.url];

  async function published(node: string): Promise<JSONWebKeySet> {
    const { status, headers, body } = await get(`${node}/oidc/jwks`);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toContain('max-age=300');
    return body as unknown as JSONWebKeySet;
  }

  /** An ID token signed by a node at this moment. */
  async function signedBy(node: string, service: Service): Promise<string> {
    const { status, body } = await redeem(node, service, await obtainCode(alix, service, ALICE));
    expect(status).toBe(200);
    return String(body['id_token']);
  }

  const kidsOf = (keys: JSONWebKeySet): (string | undefined)[] => keys.keys.map(({ kid }) => kid);

  test('A40: have nothing private in what is published, whatever their kind', async () => {
    for (const node of nodes()) {
      const { keys } = await published(node);
      expect(keys.map(({ alg }) => alg).toSorted()).toEqual([...ID_TOKEN_ALGORITHMS].toSorted());
      for (const key of keys) {
        expect(Object.keys(key).filter((member) => PRIVATE.includes(member))).toEqual([]);
        expect(key.use).toBe('sig');
      }
    }
  });

  test('A40: are replaced without a single token that anybody could not verify, however late a node is', async () => {
    const tokens: { token: string }[] = [];
    const copies: { verifiers: ReturnType<typeof createLocalJWKSet>; at: number }[] = [];
    const before = kidsOf(await published(house.url));
    now += DAY;
    await house.parts.oidc.rotateKeys();
    const firstSigned = new Map<string, number>();
    const firstPublished = new Map<string, number>();

    for (let minute = 0; minute <= 40; minute += 1) {
      // Each node looks after its keys once a minute, but not at the same moment: here one is a minute behind.
      await (minute % 2 === 0 ? house : second).parts.oidc.maintainKeys();
      for (const node of nodes()) {
        const keys = await published(node);
        copies.push({ verifiers: createLocalJWKSet(keys), at: now });
        for (const kid of kidsOf(keys)) if (!firstPublished.has(kid ?? '')) firstPublished.set(kid ?? '', now);
        const service = services[minute % services.length];
        if (service === undefined) throw new Error('no service');
        const token = await signedBy(node, service);
        const { kid = '' } = decodeProtectedHeader(token);
        if (!firstSigned.has(kid)) firstSigned.set(kid, now);
        tokens.push({ token });
      }
      // A client may hold a copy of the keys for five minutes, and look at an ID token for an hour.
      for (const { token } of tokens.slice(-2)) {
        for (const { verifiers } of copies.filter(({ at }) => now - at <= 5 * MINUTE))
          await jwtVerify(token, verifiers);
      }
      if (minute % 5 === 0) {
        for (const { token } of tokens) for (const { verifiers } of copies.slice(-2)) await jwtVerify(token, verifiers);
      }
      now += MINUTE;
    }

    const used = [...new Set(tokens.map(({ token }) => decodeProtectedHeader(token).kid ?? ''))];
    expect(used).toHaveLength(2 * ID_TOKEN_ALGORITHMS.length);
    for (const kid of used.filter((entry) => !before.includes(entry))) {
      expect((firstSigned.get(kid) ?? 0) - (firstPublished.get(kid) ?? 0)).toBeGreaterThan(5 * MINUTE);
    }
    const last = tokens
      .slice(-ID_TOKEN_ALGORITHMS.length * 2)
      .map(({ token }) => decodeProtectedHeader(token).kid ?? '');
    expect(last.filter((kid) => before.includes(kid))).toEqual([]);
  });

  test('A40: once retired sign nothing, stay published for a while, then are gone from both nodes', async () => {
    const all = kidsOf(await published(house.url));
    expect(all).toHaveLength(2 * ID_TOKEN_ALGORITHMS.length);
    now += 29 * DAY;
    for (const node of [house, second]) await node.parts.oidc.maintainKeys();
    expect(kidsOf(await published(second.url)).toSorted()).toEqual(all.toSorted());
    now += DAY + MINUTE;
    for (const node of [house, second]) await node.parts.oidc.maintainKeys();
    const left = kidsOf(await published(house.url));
    expect(left).toHaveLength(ID_TOKEN_ALGORITHMS.length);
    expect(kidsOf(await published(second.url))).toEqual(left);
    for (const node of nodes()) {
      for (const service of services) {
        const token = await signedBy(node, service);
        expect(left).toContain(decodeProtectedHeader(token).kid);
        await jwtVerify(token, createLocalJWKSet(await published(node)));
      }
    }
  });

  test('A40: are replaced by themselves when they are old, once for both nodes', async () => {
    const before = kidsOf(await published(house.url));
    now += 59 * DAY;
    for (const node of [house, second]) await node.parts.oidc.maintainKeys();
    expect(kidsOf(await published(house.url))).toEqual(before);
    now += DAY;
    await Promise.all([house, second].map((node) => node.parts.oidc.maintainKeys()));
    await Promise.all([house, second].map((node) => node.parts.oidc.maintainKeys()));
    const after = kidsOf(await published(house.url));
    expect(after).toHaveLength(2 * ID_TOKEN_ALGORITHMS.length);
    expect(kidsOf(await published(second.url))).toEqual(after);
  });
});
