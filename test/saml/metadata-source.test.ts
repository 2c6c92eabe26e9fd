import { createServer as createSecureServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ipaddr from 'ipaddr.js';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeApplications, type Applications, type ServiceProvider } from '../../src/applications/applications.ts';
import { makeLog } from '../../src/log.ts';
import { makeReach } from '../../src/private-networks.ts';
import { fetchMetadata } from '../../src/saml/metadata-fetch.ts';
import { makeMetadataSources, type MetadataSources } from '../../src/saml/metadata-source.ts';
import { isDue, isUsable } from '../../src/saml/metadata-validity.ts';
import { isChoice, type Understood } from '../../src/saml/sp-metadata.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { onBothEngines } from '../engines.ts';
import { freePort } from '../free-port.ts';
import { addApplication } from '../people.ts';
import { makeKey, type TestKey } from './keys.ts';
import {
  consumer,
  endpoint,
  entity,
  federation,
  FORUM,
  keyDescriptor,
  openSite,
  signed,
  WIKI,
  type Site,
} from './service-metadata.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LOOPBACK = [ipaddr.parseCIDR('127.0.0.0/8')];
const reach = makeReach(LOOPBACK, async () => ['127.0.0.1']);

let key: TestKey;
let site: Site;
beforeAll(() => {
  key = makeKey();
});
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

describe('metadata is read from an address', () => {
  const read = (path = '/', more: { timeout?: number; limit?: number } = {}): Promise<string> =>
    fetchMetadata(`${site.url}${path}`, { reach, ...more });

  test('whatever it is called, with its mark taken away', async () => {
    site.answer = (_req, res) => res.setHeader('content-type', 'text/plain').end(`\uFEFF${entity()}`);
    expect(await read()).toBe(entity());
  });

  test('after a move within the same place, three times at most', async () => {
    site.answer = (req, res) => {
      const left = Number(req.url?.slice(1));
      if (left === 0) res.end('here');
      else res.writeHead(302, { location: `/${left - 1}` }).end();
    };
    expect(await read('/3')).toBe('here');
    await expect(read('/4')).rejects.toMatchObject({ code: 'metadata_status', params: { status: 302 } });
  });

  test('and nowhere else, not even at another port', async () => {
    const other = await openSite();
    site.answer = (_req, res) => res.writeHead(301, { location: `${other.url}/secret` }).end();
    await expect(read()).rejects.toMatchObject({ code: 'metadata_moved', params: { to: `127.0.0.1:${other.port}` } });
    expect(other.asked).toEqual([]);
    await other.close();
  });

  test('unless it answers with anything but the document', async () => {
    site.answer = (_req, res) => res.writeHead(404).end('no');
    await expect(read()).rejects.toMatchObject({ code: 'metadata_status', params: { status: 404 } });
    site.answer = (_req, res) => res.setHeader('content-encoding', 'gzip').end('x');
    await expect(read()).rejects.toMatchObject({ code: 'metadata_encoding' });
    site.answer = (_req, res) => res.end(Buffer.from([0x3c, 0xe9, 0x2f, 0x3e]));
    await expect(read()).rejects.toMatchObject({ code: 'metadata_encoding' });
    site.answer = (_req, res) => res.writeHead(302).end();
    await expect(read()).rejects.toMatchObject({ code: 'metadata_status', params: { status: 302 } });
    site.answer = (req) => req.socket.destroy();
    await expect(read()).rejects.toMatchObject({ code: 'metadata_unreachable', params: { reason: 'connection' } });
  });

  test('which must come whole in its time', async () => {
    site.answer = (_req, res) => void res.write('<');
    await expect(read('/', { timeout: 300 })).rejects.toMatchObject({ code: 'metadata_timeout' });
    const host = `127.0.0.1:${await freePort()}`;
    await expect(fetchMetadata(`http://${host}/`, { reach })).rejects.toMatchObject({
      code: 'metadata_unreachable',
      params: { host, reason: 'refused' },
    });
  });

  test('and by a host whose name is known and whose certificate is trusted', async () => {
    const unknown = makeReach(LOOPBACK, () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })));
    await expect(fetchMetadata('https://forum.example/', { reach: unknown })).rejects.toMatchObject({
      code: 'metadata_unreachable',
      params: { host: 'forum.example', reason: 'name' },
    });
    const secure = createSecureServer({ key: key.privateKey, cert: key.pem }, (_req, res) => res.end(entity()));
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const { port } = secure.address() as AddressInfo;
    await expect(fetchMetadata(`https://sp.example:${port}/`, { reach })).rejects.toMatchObject({
      code: 'metadata_unreachable',
      params: { reason: 'certificate' },
    });
    secure.close();
  });
});

describe('what is past its date', () => {
  const END = Date.UTC(2026, 10, 27);
  const kept = (more: Partial<NonNullable<ServiceProvider['metadata']>>): Pick<ServiceProvider, 'metadata'> => ({
    metadata: { keys: [], takenAt: END - DAY, validUntil: END, ...more },
  });

  test('is not used where somebody renews it or vouches for it, and is where odile gave it by hand', () => {
    const url = 'https://forum.example/saml';
    expect(isUsable(kept({ url }), END - 1)).toBe(true);
    expect(isUsable(kept({ url }), END)).toBe(false);
    expect(isUsable(kept({ keys: ['-'] }), END)).toBe(false);
    expect(isUsable(kept({}), END)).toBe(true);
    expect(isUsable({}, END)).toBe(true);
  });

  test('is read again after six hours, or as it asks, or before it ends; not all at one moment', () => {
    const url = 'https://forum.example/saml';
    const due = (id: string, hours: number, more: Partial<NonNullable<ServiceProvider['metadata']>> = {}): boolean =>
      isDue({ id, metadata: { keys: [], takenAt: 0, url, ...more } }, hours * HOUR);
    const ids = Array.from({ length: 100 }, (_, index) => `provider-${index}`);
    expect(ids.some((id) => due(id, 5.45))).toBe(false);
    expect(ids.every((id) => due(id, 6.55))).toBe(true);
    const early = ids.filter((id) => due(id, 6)).length;
    expect([early > 20, early < 80]).toEqual([true, true]);
    expect(due('a', 20, { refreshEvery: DAY })).toBe(false);
    expect(due('a', 27, { refreshEvery: DAY })).toBe(true);
    expect(due('a', 7, { refreshEvery: DAY, problem: { code: 'metadata_timeout', params: {} } })).toBe(true);
    expect(due('a', 3, { validUntil: 4 * HOUR })).toBe(true);
    expect(due('a', 0.5, { validUntil: HOUR })).toBe(false);
    expect(due('a', 3, { triedAt: 900 * HOUR })).toBe(true);
    expect(isDue({ id: 'a', metadata: { keys: [], takenAt: 0 } }, 100 * HOUR)).toBe(false);
  });
});

onBothEngines('the metadata of a service provider', (ground) => {
  let time: number;
  let applications: Applications;
  let sources: MetadataSources;
  let applicationId: string;
  let entityId: string;
  let round = 0;
  const log = makeLog('silent');
  const now = (): number => time;

  beforeEach(async () => {
    time = Date.UTC(2026, 10, 27, 9);
    // Each test has an entity of its own, for no two service providers share a name.
    round += 1;
    entityId = `${FORUM}/${round}`;
    applications = makeApplications({ storage: ground().storage });
    sources = makeMetadataSources({ applications, reach, now, log });
    const application = await addApplication({ applications }, 'Forum', 'https://forum.example');
    applicationId = application.id;
    serve(entity({ entityId }));
  });

  const serve = (xml: string): void => {
    site.answer = (_req, res) => res.end(xml);
  };

  async function add(keys: readonly string[] = []): Promise<ServiceProvider> {
    const source = { url: `${site.url}/metadata` };
    const understood = (await sources.understand(source, { entityId, keys })) as Understood;
    return applications.addServiceProvider(applicationId, sources.settingsFrom(understood, { source, keys }));
  }

  test('becomes its settings, with what odile did not say from our defaults', async () => {
    const inside = [
      '<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>',
      keyDescriptor(key.certificate),
      consumer(),
    ].join('');
    serve(entity({ entityId, inside, of: 'cacheDuration="PT2H"' }));
    const provider = await add();
    expect(provider).toMatchObject({
      entityId,
      label: entityId.replace('https://', ''),
      nameId: 'emailAddress',
      signedRequests: false,
      signingCertificates: [key.certificate],
      metadata: { url: `${site.url}/metadata`, keys: [], takenAt: time, refreshEvery: 2 * HOUR },
    });
  });

  test('offers a choice before anything is kept', async () => {
    serve(federation([entity(), entity({ entityId: WIKI })]));
    const result = await sources.understand({ url: site.url });
    expect(isChoice(result) && result.choose).toEqual([FORUM, WIKI]);
  });

  test('is taken over when it changes, and what odile chose stays', async () => {
    const { id } = await add();
    const chosen = {
      label: 'Forum',
      nameId: 'unspecified',
      nameIdFixed: true,
      attributes: 'both',
      encrypt: false,
      subjectAttribute: 'pairwise-id',
      unsolicited: true,
      unsolicitedState: 'home',
    };
    await applications.changeServiceProvider(id, (before) => ({ ...before, ...chosen, signedRequests: true }));
    const inside =
      keyDescriptor(key.certificate) +
      endpoint('SingleLogoutService', 'HTTP-POST', 'https://new.example/slo') +
      consumer('https://new.example/acs');
    serve(entity({ entityId, inside, role: 'AuthnRequestsSigned="false"', of: 'validUntil="2026-12-24T00:00:00Z"' }));
    time += HOUR;
    expect(await sources.refresh(id)).toMatchObject({
      ...chosen,
      id,
      entityId,
      consumers: [{ url: 'https://new.example/acs' }],
      logout: [{ url: 'https://new.example/slo' }],
      signingCertificates: [key.certificate],
      signedRequests: true,
      metadata: { takenAt: time, triedAt: time, validUntil: Date.UTC(2026, 11, 24) },
    });
  });

  test.each([
    ['metadata_status', (res: Parameters<Site['answer']>[1]) => res.writeHead(500).end()],
    ['metadata_invalid', (res: Parameters<Site['answer']>[1]) => res.end('<html/>')],
    ['metadata_other_entity', (res: Parameters<Site['answer']>[1]) => res.end(entity({ entityId: WIKI }))],
    [
      'metadata_other_entity',
      (res: Parameters<Site['answer']>[1]) => res.end(federation([entity({ entityId: WIKI })])),
    ],
    ['metadata_unreachable', (res: Parameters<Site['answer']>[1]) => res.destroy()],
  ])('stays as it was when the new one is refused: %s (%#)', async (code, answer) => {
    const provider = await add();
    site.answer = (_req, res) => void answer(res);
    time += 7 * HOUR;
    const { metadata, ...after } = await sources.refresh(provider.id);
    const { metadata: taken, ...before } = provider;
    expect(after).toEqual(before);
    expect(metadata).toMatchObject({ ...taken, triedAt: time, problem: { code } });
    serve(entity({ entityId }));
    expect((await sources.refresh(provider.id)).metadata?.problem).toBeUndefined();
  });

  test('is not taken over without a key where requests must be signed', async () => {
    serve(
      entity({ entityId, role: 'AuthnRequestsSigned="true"', inside: keyDescriptor(key.certificate) + consumer() }),
    );
    const { id } = await add();
    serve(entity({ entityId }));
    const { metadata, signingCertificates } = await sources.refresh(id);
    expect(metadata?.problem).toEqual({ code: 'metadata_invalid', params: { reason: 'signing_key_missing' } });
    expect(signingCertificates).toEqual([key.certificate]);
  });

  test('does not end encryption by itself', async () => {
    serve(entity({ entityId, inside: keyDescriptor(key.certificate, 'encryption') + consumer() }));
    const { id } = await add();
    serve(entity({ entityId }));
    const { metadata, encryptionCertificates } = await sources.refresh(id);
    expect(metadata?.problem).toEqual({ code: 'metadata_invalid', params: { reason: 'encryption_key_missing' } });
    expect(encryptionCertificates).toEqual([key.certificate]);
    await applications.changeServiceProvider(id, (before) => ({ ...before, encrypt: false }));
    expect((await sources.refresh(id)).encryptionCertificates).toEqual([]);
  });

  test('says what went wrong in short plain words, whatever the other side wrote', async () => {
    const { id } = await add();
    serve(entity({ entityId, inside: consumer(`http://forum.example/&lt;b&gt;\u202E${'x'.repeat(900)}`) }));
    const { metadata } = await sources.refresh(id);
    const { address = '' } = metadata?.problem?.params ?? {};
    expect(address).toMatch(/^http:\/\/forum\.example\/<b>x+$/u);
    expect(String(address).length).toBeLessThanOrEqual(200);
  });

  test('is replaced by hand for the same entity alone, signed where it must be', async () => {
    const own = (url: string): string => signed(entity({ entityId, of: 'ID="_a"', inside: consumer(url) }), key);
    serve(own('https://forum.example/acs'));
    const { id } = await add([key.pem]);
    time += HOUR;
    const after = await sources.replace(id, own('https://new.example/acs'));
    expect(after.consumers[0]?.url).toBe('https://new.example/acs');
    expect(after.metadata).toEqual({ url: `${site.url}/metadata`, keys: [key.pem.trim()], takenAt: time });
    await expect(sources.replace(id, entity({ entityId }))).rejects.toMatchObject({
      code: 'metadata_invalid',
      params: { reason: 'signature_missing' },
    });
    await expect(sources.replace(id, signed(entity({ entityId: WIKI, of: 'ID="_a"' }), key))).rejects.toMatchObject({
      code: 'metadata_other_entity',
    });
    expect(await applications.getServiceProvider(id)).toEqual(after);
  });

  test('that odile gives by hand wins over what is on its way', async () => {
    const { id } = await add();
    time += HOUR;
    site.answer = (_req, res) => {
      void sources
        .replace(id, entity({ entityId, inside: consumer('https://hand.example/acs') }))
        .then(() => res.end(entity({ entityId, inside: consumer('https://late.example/acs') })));
    };
    await sources.refresh(id);
    expect((await applications.getServiceProvider(id)).consumers[0]?.url).toBe('https://hand.example/acs');
  });

  test('is not taken over for an entity that odile has renamed meanwhile', async () => {
    const { id } = await add();
    const renamed = `${entityId}/renamed`;
    site.answer = (_req, res) => {
      void applications
        .changeServiceProvider(id, (before) => ({ ...before, entityId: renamed }))
        .then(() => res.end(entity({ entityId })));
    };
    const after = await sources.refresh(id);
    expect([after.entityId, after.metadata?.problem?.code]).toEqual([renamed, 'metadata_other_entity']);
  });

  test('has no address to be read from when it was given by hand', async () => {
    const source = { xml: entity({ entityId }) };
    const understood = (await sources.understand(source)) as Understood;
    const { id } = await applications.addServiceProvider(
      applicationId,
      sources.settingsFrom(understood, { source, label: 'Forum' }),
    );
    await expect(sources.refresh(id)).rejects.toMatchObject({ code: 'metadata_no_address' });
  });

  test.each([['no key'], ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']])(
    'is not even asked for with a key that is none (%#)',
    async (text) => {
      await expect(sources.understand({ url: site.url }, { keys: [text] })).rejects.toMatchObject({
        code: 'metadata_key_invalid',
      });
      expect(site.asked).toEqual([]);
    },
  );

  describe('with two nodes', () => {
    let second: Storage;
    let nodes: [MetadataSources, MetadataSources];
    beforeEach(async () => {
      for (const { id } of await applications.serviceProviders()) await applications.removeServiceProvider(id);
      second = await openStorage(ground().address, ground().folder);
      const far = makeMetadataSources({ applications: makeApplications({ storage: second }), reach, now, log });
      nodes = [sources, far];
    });
    afterEach(() => second.close());

    test('is asked for by one of them, and one that fails stops no other', async () => {
      const ids: string[] = [];
      const all = Array.from({ length: 7 }, (_, index) => `${entityId}/${index}`);
      for (entityId of all) {
        const settings = sources.settingsFrom((await sources.understand({ xml: entity({ entityId }) })) as Understood, {
          source: { url: `${site.url}/${ids.length}` },
        });
        ids.push((await applications.addServiceProvider(applicationId, settings)).id);
      }
      let open = 0;
      let most = 0;
      site.answer = (req, res) => {
        open += 1;
        most = Math.max(most, open);
        const index = Number(req.url?.slice(1));
        const body =
          index === 3 ? 'broken' : entity({ entityId: all[index] ?? '', inside: consumer('https://new.example/acs') });
        setTimeout(() => {
          open -= 1;
          res.end(body);
        }, 20);
      };
      await nodes[0].refreshDue();
      expect(site.asked).toEqual([]);
      time += 7 * HOUR;
      await Promise.all(nodes.map((node) => node.refreshDue()));
      await nodes[1].refreshDue();
      expect(site.asked.toSorted()).toEqual(ids.map((_, index) => `/${index}`));
      // Two at once from each node.
      expect(most).toBeLessThanOrEqual(4);
      const after = await Promise.all(ids.map((id) => applications.getServiceProvider(id)));
      const renewed = after.map(({ consumers }) => consumers[0]?.url === 'https://new.example/acs');
      expect(renewed).toEqual([true, true, true, false, true, true, true]);
      expect(after[3]?.metadata?.problem?.code).toBe('metadata_invalid');
    });
  });
});
