import ipaddr from 'ipaddr.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeApplications, type Applications, type ServiceProvider } from '../../src/applications/applications.ts';
import { makeLog } from '../../src/log.ts';
import { makeReach, type Reach } from '../../src/private-networks.ts';
import { FETCHED_LIMIT, fetchMetadata } from '../../src/saml/metadata-fetch.ts';
import { makeMetadataSources, type MetadataSources } from '../../src/saml/metadata-source.ts';
import { isChoice, readMetadata } from '../../src/saml/sp-metadata.ts';
import { openGround, type Ground } from '../engines.ts';
import { addApplication } from '../people.ts';
import { makeKey, type TestKey } from '../saml/keys.ts';
import { consumer, entity, federation, FORUM, openSite, signed, WIKI, type Site } from '../saml/service-metadata.ts';
import { countConnections } from './listener.ts';

const NOW = Date.UTC(2026, 10, 27, 9);
const MEBIBYTE = 1024 ** 2;
const LOOPBACK = [ipaddr.parseCIDR('127.0.0.0/8')];
const reach = makeReach(LOOPBACK, async () => ['127.0.0.1']);

const refusal = (reason: string): unknown =>
  expect.objectContaining({ code: 'metadata_invalid', params: expect.objectContaining({ reason }) });

let key: TestKey;
let stranger: TestKey;
beforeAll(() => {
  key = makeKey();
  stranger = makeKey();
});

describe('A90: metadata that must not come in', () => {
  const past = 'validUntil="2026-11-27T08:59:59Z"';
  const secret = (declaration: string): string => `${declaration}${entity({ entityId: '&secret;' })}`;
  test.each([
    ['valid_until_past', entity({ of: past })],
    ['valid_until_past', entity({ role: past })],
    ['valid_until_past', federation([entity()], past)],
    ['valid_until_past', federation([federation([entity()], past)])],
    ['entity_twice', federation([entity(), entity({ inside: consumer('https://evil.example/acs') })])],
    ['entity_twice', federation([entity(), federation([entity()], '')])],
    ['address_http', entity({ inside: consumer('http://forum.example/acs') })],
    ['doctype', secret('<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>')],
    ['doctype', secret('<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">')],
    ['doctype', secret('<?xml version="1.0"?><!-- x --><!doctype x [<!ENTITY secret "x">]>')],
    ['doctype', secret(`<!DOCTYPE x [<!ENTITY a "${'a'.repeat(100)}"><!ENTITY secret "&a;&a;&a;">]>`)],
    ['processing_instruction', `<?xml-stylesheet href="http://127.0.0.1/x"?>${entity()}`],
    ['cdata', entity({ inside: `<md:NameIDFormat><![CDATA[x]]></md:NameIDFormat>${consumer()}` })],
    ['xml_invalid', entity({ entityId: '&secret;' })],
    ['xml_complex', entity({ after: '<md:a>'.repeat(60) + '</md:a>'.repeat(60) })],
    ['xml_complex', entity({ after: '<md:a/>'.repeat(100_000) })],
    ['xml_complex', entity({ after: `<md:a ${Array.from({ length: 70 }, (_, i) => `a${i}=""`).join(' ')}/>` })],
    ['duplicate_id', federation([entity({ of: 'ID="_a"' }), entity({ entityId: WIKI, of: 'ID="_a"' })])],
    ['xml_namespace', entity().replace('md:EntityDescriptor ', 'x:EntityDescriptor ')],
  ])('is refused: %s (%#)', (reason, xml) => {
    expect(() => readMetadata(xml, { now: NOW })).toThrow(refusal(reason));
  });

  test('A90: prefixes that everything within would inherit are refused before they are copied', () => {
    const prefixes = (depth: number): string =>
      Array.from({ length: 58 }, (_, i) => ` xmlns:a${depth}_${i}="u:a"`).join('');
    const levels = Array.from({ length: 36 }, (_, depth) => `<e${prefixes(depth)}>`).join('');
    const many = '<x xmlns:z="u:z"/>'.repeat(4000);
    const xml = entity({ after: `<md:Extensions>${levels}${many}${'</e>'.repeat(36)}</md:Extensions>` });
    expect(() => readMetadata(xml, { now: NOW })).toThrow(refusal('xml_complex'));
    expect(isChoice(readMetadata(entity({ role: prefixes(0).split(' ', 50).join(' ') }), { now: NOW }))).toBe(false);
  });

  test('A90: an entity of 50 MB is refused before it is looked at, given by hand', () => {
    const xml = entity() + ' '.repeat(50 * MEBIBYTE);
    const before = process.memoryUsage().rss;
    expect(() => readMetadata(xml, { now: NOW })).toThrow(
      expect.objectContaining({ code: 'metadata_too_large', params: { mebibytes: 1 } }),
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEBIBYTE);
    expect(() => readMetadata(entity({ entityId: `https://${'é'.repeat(MEBIBYTE / 2)}` }), { now: NOW })).toThrow(
      expect.objectContaining({ code: 'metadata_too_large' }),
    );
  });
});

describe('A90: signatures', () => {
  const good = (): string => signed(federation([entity(), entity({ entityId: WIKI })]), key);
  const evil = consumer('https://evil.example/acs');

  test.each<[string, () => string]>([
    ['signature_missing', () => federation([entity()])],
    ['signature_invalid', () => signed(federation([entity()]), stranger)],
    ['signature_invalid', () => good().replace('forum.example/acs', 'evil.example/acs')],
    ['signature_missing', () => federation([entity()]).replace('<md:SPSS', '<ds:Object/><md:SPSS')],
    // The signed federation inside of another one, with or without its signature pulled out to the root.
    ['signature_place', () => federation([entity({ inside: evil }), good()], 'ID="_evil"')],
    ['signature_structure', () => hoisted()],
    ['signature_structure', () => federation([good(), signed(entity({ of: 'ID="_b"' }), stranger)], 'ID="_evil"')],
    // Only one entity of it is signed.
    ['signature_place', () => federation([signed(entity({ of: 'ID="_b"' }), key), entity({ entityId: WIKI })])],
  ])('are refused: %s (%#)', (reason, xml) => {
    expect(() => readMetadata(xml(), { now: NOW, entityId: FORUM, keys: [key.pem] })).toThrow(refusal(reason));
  });

  function hoisted(): string {
    const [signature = ''] = /<ds:Signature .*<\/ds:Signature>/su.exec(good()) ?? [];
    const inner = good().replace(signature, '');
    return federation([`${signature}<md:Extensions>${inner}</md:Extensions>`, entity({ inside: evil })], 'ID="_evil"');
  }

  test('A90: a comment cannot make signed values read as others', () => {
    const xml = good().replace('https://forum.example/acs', 'https://forum.example<!---->/acs');
    expect(() => readMetadata(xml, { now: NOW, entityId: FORUM, keys: [key.pem] })).toThrow(refusal('xml_forbidden'));
    const named = signed(
      federation([entity({ inside: `<md:NameIDFormat>urn:a</md:NameIDFormat>${consumer()}` })]),
      key,
    ).replace('urn:a<', 'ur<!-- x -->n:a<');
    const result = readMetadata(named, { now: NOW, keys: [key.pem] });
    expect(!isChoice(result) && result.nameIdFormats).toEqual(['urn:a']);
  });

  test('A90: what is signed is read, whatever the key inside of the signature is', () => {
    const [value = ''] = /<ds:SignatureValue>.*<\/ds:SignatureValue>/su.exec(good()) ?? [];
    const info = `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${stranger.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;
    const own = signed(federation([entity()]), stranger);
    const [strange = ''] = /<ds:SignatureValue>.*<\/ds:SignatureValue>/su.exec(own) ?? [];
    expect(() => readMetadata(own.replace(strange, strange + info), { now: NOW, keys: [key.pem] })).toThrow(
      refusal('signature_invalid'),
    );
    const result = readMetadata(good().replace(value, value + info), { now: NOW, entityId: WIKI, keys: [key.pem] });
    expect(isChoice(result)).toBe(false);
  });
});

describe('A90: addresses that metadata must not be read from', () => {
  test.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://[::1]:PORT/',
    'https://127.0.0.1:PORT/',
    'https://2130706433:PORT/',
    'https://0x7f.1:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://0.0.0.0:PORT/',
  ])('%s, where no private network is named', async (address) => {
    const listener = await countConnections();
    const url = address.replace('PORT', new URL(listener.url).port);
    const careful = makeReach([], async () => ['127.0.0.1']);
    await expect(fetchMetadata(url, { reach: careful })).rejects.toMatchObject({ code: 'metadata_private' });
    expect(listener.connections()).toBe(0);
    await listener.close();
  });

  test.each([
    '10.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.168.1.1',
    'fd00::1',
    'fe80::1',
    '::',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
  ])('a name of %s, also where it has a public address besides and loopback is allowed', async (address) => {
    const careful = makeReach(LOOPBACK, async () => ['93.184.216.34', address]);
    await expect(fetchMetadata('https://forum.example/', { reach: careful })).rejects.toMatchObject({
      code: 'metadata_private',
      params: { host: 'forum.example' },
    });
  });

  test('A90: a name is asked once: what it says a moment later leads nowhere else', async () => {
    const listener = await countConnections();
    const answers = [['192.0.2.1'], ['127.0.0.1']];
    let asked = 0;
    const looked: Reach = makeReach([ipaddr.parseCIDR('192.0.2.0/24')], async () => {
      asked += 1;
      return answers.shift() ?? [];
    });
    await expect(
      fetchMetadata(`https://forum.example:${new URL(listener.url).port}/`, { reach: looked, timeout: 300 }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^metadata_(?:timeout|unreachable)$/u) });
    expect([asked, listener.connections()]).toEqual([1, 0]);
    await listener.close();
  });

  test.each([
    'http://forum.example/metadata',
    'https://odile:secret@forum.example/metadata',
    'file:///etc/hostname',
    'javascript:alert(1)',
    'org.example.app:/metadata',
    `https://forum.example/${'a'.repeat(1000)}`,
    'https://forum.example/a b',
    'forum.example',
    '',
  ])('%s', async (address) => {
    await expect(fetchMetadata(address, { reach })).rejects.toMatchObject({ code: 'metadata_address' });
  });

  test('A90: nor does a redirection lead to any of them', async () => {
    const listener = await countConnections();
    const site = await openSite((_req, res) => res.writeHead(302, { location: listener.url }).end());
    await expect(fetchMetadata(site.url, { reach })).rejects.toMatchObject({ code: 'metadata_moved' });
    expect(listener.connections()).toBe(0);
    await site.close();
    await listener.close();
  });
});

describe('A90: fetched metadata of 50 MB', () => {
  let site: Site;
  let sent: number;
  beforeAll(async () => {
    site = await openSite((req, res) => {
      sent = 0;
      if (req.url === '/told') res.setHeader('content-length', 50 * MEBIBYTE);
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const more = (): void => {
        while (!res.destroyed && sent < 50 * MEBIBYTE) {
          sent += chunk.length;
          if (!res.write(chunk)) return void res.once('drain', more);
        }
        res.end();
      };
      more();
    });
  });
  afterAll(() => site.close());

  test.each(['/told', '/streamed'])('is refused on its way: %s', async (path) => {
    const before = process.memoryUsage().rss;
    await expect(fetchMetadata(`${site.url}${path}`, { reach })).rejects.toMatchObject({
      code: 'metadata_too_large',
      params: { mebibytes: 20 },
    });
    // What the buffers of the system hold may have left already.
    expect(sent).toBeLessThan(path === '/told' ? 10 * MEBIBYTE : FETCHED_LIMIT + 10 * MEBIBYTE);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEBIBYTE);
  });
});

describe('A90: previous metadata', () => {
  let ground: Ground;
  let applications: Applications;
  let sources: MetadataSources;
  let site: Site;
  let provider: ServiceProvider;
  beforeEach(async () => {
    ground = await openGround('sqlite');
    applications = makeApplications({ storage: ground.storage });
    sources = makeMetadataSources({ applications, reach, now: () => NOW, log: makeLog('silent') });
    site = await openSite((_req, res) => res.end(signed(federation([entity()]), key)));
    const source = { url: site.url };
    const understood = await sources.understand(source, { keys: [key.pem] });
    if (isChoice(understood)) throw new Error('there is a choice');
    const { id } = await addApplication({ applications }, 'Forum', 'https://forum.example');
    provider = await applications.addServiceProvider(id, sources.settingsFrom(understood, { source, keys: [key.pem] }));
  });
  afterEach(async () => {
    await site.close();
    await ground.close();
  });

  test.each<[string, Record<string, unknown>, () => string]>([
    [
      'metadata_invalid',
      { reason: 'valid_until_past' },
      () => signed(federation([entity({ of: 'validUntil="2026-11-01T00:00:00Z"' })]), key),
    ],
    ['metadata_invalid', { reason: 'signature_invalid' }, () => signed(federation([entity()]), stranger)],
    ['metadata_invalid', { reason: 'signature_missing' }, () => federation([entity()])],
    ['metadata_invalid', { reason: 'entity_twice' }, () => signed(federation([entity(), entity()]), key)],
    [
      'metadata_invalid',
      { reason: 'address_http' },
      () => signed(federation([entity({ inside: consumer('http://forum.example/acs') })]), key),
    ],
    ['metadata_invalid', { reason: 'doctype' }, () => `<!DOCTYPE x>${signed(federation([entity()]), key)}`],
    ['metadata_other_entity', { entity: FORUM }, () => signed(federation([entity({ entityId: WIKI })]), key)],
    ['metadata_too_large', { mebibytes: 20 }, () => ' '.repeat(50 * MEBIBYTE)],
  ])('stays, and says why: %s %o', async (code, params, xml) => {
    site.answer = (_req, res) => void res.end(xml());
    const { metadata, ...after } = await sources.refresh(provider.id);
    const { metadata: taken, ...before } = provider;
    expect(after).toEqual(before);
    expect(metadata).toMatchObject({ ...taken, problem: { code, params } });
  });

  test('A90: stays where the name of its host has become that of a private one', async () => {
    const careful = makeReach([], async () => ['10.0.0.1']);
    const { refresh } = makeMetadataSources({ applications, reach: careful, now: () => NOW, log: makeLog('silent') });
    const { metadata, consumers } = await refresh(provider.id);
    expect(metadata?.problem?.code).toBe('metadata_private');
    expect(consumers).toEqual(provider.consumers);
  });
});
