import { createPublicKey, X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeSamlKeys, type Credential } from '../../src/saml/keys.ts';
import { schedule, warnings } from '../../src/saml/key-schedule.ts';
import { makeSeals } from '../../src/storage/seal.ts';
import { onBothEngines } from '../engines.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 27, 9, 30);

onBothEngines('the keys for SAML', (ground) => {
  let now = START;
  const newKeys = () => {
    const { storage, seals } = ground();
    return makeSamlKeys({ storage, seals, now: () => now, name: 'id.example' });
  };
  beforeEach(async () => {
    now = START;
    const { storage } = ground();
    await storage.write(async (tx) => void (await tx.delete(storage.tables.samlKey)));
  });

  const states = async (keys = newKeys()): Promise<string[]> =>
    (await keys.current()).published.map(({ state }) => state);
  const nextOf = async (keys: ReturnType<typeof newKeys>): Promise<Credential> => {
    const next = (await keys.current()).published.find(({ state }) => state === 'next');
    if (next === undefined) throw new Error('no next key');
    return next;
  };

  test('the first one is made at first use and signs at once, with a certificate of ten years', async () => {
    const { signing, published } = await newKeys().current();
    expect(published).toEqual([signing]);
    expect(signing).toMatchObject({ state: 'signing', createdAt: START, signsFrom: START });
    const certificate = new X509Certificate(Buffer.from(signing.certificate, 'base64'));
    expect(certificate.subject).toBe('CN=id.example');
    expect(certificate.issuer).toBe('CN=id.example');
    expect(certificate.validFromDate).toEqual(new Date('2026-11-27T00:00:00Z'));
    expect(certificate.validToDate).toEqual(new Date('2036-11-27T00:00:00Z'));
    expect([signing.notBefore, signing.notAfter]).toEqual([Date.UTC(2026, 10, 27), Date.UTC(2036, 10, 27)]);
    expect(signing.fingerprint).toBe(certificate.fingerprint256);
    expect(certificate.checkPrivateKey(signing.privateKey)).toBe(true);
    expect(certificate.verify(createPublicKey(signing.privateKey))).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
  });

  test('two nodes that start at once make one', async () => {
    const [one, other] = await Promise.all([newKeys().current(), newKeys().current()]);
    expect(one.signing.fingerprint).toBe(other.signing.fingerprint);
    expect([one.published.length, other.published.length]).toEqual([1, 1]);
  });

  test('many who ask at once for the first one have one made', async () => {
    let drawn = 0;
    const { storage, seals } = ground();
    const counted = { ...seals, seal: (...args: Parameters<typeof seals.seal>) => ((drawn += 1), seals.seal(...args)) };
    const counting = makeSamlKeys({ storage, seals: counted, now: () => now, name: 'id.example' });
    const all = await Promise.all(Array.from({ length: 20 }, () => counting.current()));
    expect(new Set(all.map(({ signing }) => signing.fingerprint)).size).toBe(1);
    expect([drawn, await states()]).toEqual([1, ['signing']]);
  });

  test('lie sealed in the database', async () => {
    const { signing } = await newKeys().current();
    const { storage } = ground();
    const [row] = await storage.read.select().from(storage.tables.samlKey);
    const said = JSON.stringify(row);
    const key = signing.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    for (const secret of ['PRIVATE', key.slice(0, 24), signing.certificate.slice(0, 24)])
      expect(said).not.toContain(secret);
    const stranger = makeSamlKeys({ storage, seals: makeSeals([Buffer.alloc(32, 7)]), now: () => now, name: 'x' });
    await expect(stranger.current()).rejects.toThrow('no key named');
  });

  test('a new one is published at once, signs after 30 days, and the one before goes 30 days later', async () => {
    const keys = newKeys();
    const { signing: first } = await keys.current();
    await keys.prepare();
    const next = await nextOf(keys);
    expect(next.signsFrom).toBe(START + 30 * DAY);
    now = START + 30 * DAY - 1;
    expect((await keys.current()).signing.id).toBe(first.id);
    now = START + 30 * DAY;
    const { signing, published } = await keys.current();
    expect(signing.id).toBe(next.id);
    expect(published.map(({ id, state }) => [id, state])).toEqual([
      [next.id, 'signing'],
      [first.id, 'previous'],
    ]);
    now = START + 60 * DAY - 1;
    expect(await states()).toEqual(['signing', 'previous']);
    now = START + 60 * DAY;
    expect(await states()).toEqual(['signing']);
    const { storage } = ground();
    await keys.maintain(false);
    expect(await storage.read.select().from(storage.tables.samlKey)).toHaveLength(2);
    await keys.maintain();
    expect((await storage.read.select().from(storage.tables.samlKey)).map(({ id }) => id)).toEqual([next.id]);
  });

  test('there is one next at a time, even when two administrators ask at once', async () => {
    const keys = newKeys();
    await keys.current();
    const asked = await Promise.allSettled([keys.prepare(), newKeys().prepare()]);
    expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(keys.prepare()).rejects.toMatchObject({ code: 'certificate_already_next' });
    expect(await states()).toEqual(['signing', 'next']);
  });

  test('the next one signs earlier when it is activated, on every node at once', async () => {
    const keys = newKeys();
    const other = newKeys();
    const { signing: first } = await keys.current();
    expect((await other.current()).signing.id).toBe(first.id);
    await keys.prepare();
    const next = await nextOf(keys);
    now = START + DAY;
    await keys.activate(next.id);
    const { signing, published } = await other.current();
    expect(signing).toMatchObject({ id: next.id, signsFrom: now });
    expect(published.map(({ state }) => state)).toEqual(['signing', 'previous']);
    now += 30 * DAY;
    expect(await states(other)).toEqual(['signing']);
  });

  test('only one that waits can be activated', async () => {
    const keys = newKeys();
    const { signing } = await keys.current();
    await expect(keys.activate(signing.id)).rejects.toMatchObject({ code: 'certificate_not_next' });
    await expect(keys.activate('nothing')).rejects.toMatchObject({ code: 'certificate_not_next' });
  });

  test('the next one comes by itself 90 days before the end, once, and takes over in the last week', async () => {
    const keys = newKeys();
    const { signing } = await keys.current();
    now = signing.notAfter - 90 * DAY - 1;
    await keys.maintain();
    expect(await states()).toEqual(['signing']);
    now = signing.notAfter - 90 * DAY;
    await Promise.all([keys.maintain(), newKeys().maintain()]);
    await keys.maintain();
    expect(await states()).toEqual(['signing', 'next']);
    now = signing.notAfter - 7 * DAY - 1;
    expect((await keys.current()).signing.id).toBe(signing.id);
    now = signing.notAfter - 7 * DAY;
    expect((await keys.current()).signing.id).not.toBe(signing.id);
  });

  test('none is made by the clock where SAML was never used', async () => {
    await newKeys().maintain();
    const { storage } = ground();
    expect(await storage.read.select().from(storage.tables.samlKey)).toEqual([]);
  });
});

describe('the schedule of keys', () => {
  test('does not depend on the order of the rows, and lets the oldest sign when the clock was ahead', () => {
    const keys = [
      { id: 'b', createdAt: 20 * DAY, signsFrom: 50 * DAY },
      { id: 'a', createdAt: 10 * DAY, signsFrom: 10 * DAY },
    ];
    const names = (now: number): string[] =>
      schedule(keys, now).published.map(({ key, state }) => `${key.id} ${state}`);
    expect(names(0)).toEqual(['a signing', 'b next']);
    expect(names(49 * DAY)).toEqual(['a signing', 'b next']);
    expect(names(50 * DAY)).toEqual(['b signing', 'a previous']);
    expect(names(80 * DAY)).toEqual(['b signing']);
    expect(schedule(keys, 80 * DAY).past.map(({ id }) => id)).toEqual(['a']);
    expect(schedule([], 0)).toEqual({ published: [], past: [] });
  });

  test('warns of the end of the certificate that signs from 90 days before, and after it', () => {
    const published = [
      { state: 'signing', notAfter: 100 * DAY },
      { state: 'previous', notAfter: DAY },
    ] as const;
    expect(warnings(published, 10 * DAY - 1)).toEqual([]);
    expect(warnings(published, 10 * DAY)).toEqual([{ code: 'certificate_ends', days: 90 }]);
    expect(warnings(published, 99.5 * DAY)).toEqual([{ code: 'certificate_ends', days: 0 }]);
    expect(warnings(published, 102 * DAY)).toEqual([{ code: 'certificate_ends', days: -2 }]);
  });
});
