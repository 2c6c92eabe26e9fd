import { createHmac, createSign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { walk } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeKey, type TestKey } from '../saml/keys.ts';
import { form, packed, signed, signedQuery } from '../saml/requests.ts';
import { toldBy } from '../saml/told.ts';
import {
  answerOn,
  ask,
  askByPost,
  askUnsigned,
  handed,
  openWiki,
  post,
  writeAsking,
  type Wiki,
} from '../service-provider.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const HERON = { person: 'alix', profile: 'heron' } as const;
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const SHA1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';

let house: House;
/** Its requests need no signature. */
let wiki: Wiki;
/** Its requests do. */
let ledger: Wiki;
let stranger: TestKey;
beforeAll(async () => {
  house = await openHouse();
  stranger = makeKey();
  wiki = await openWiki(house, 'Wiki');
  ledger = await openWiki(house, 'Ledger', { key: makeKey(), provider: { signedRequests: true } });
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'alix');
  // In a browser of its own that stays: whoever is let through gets an answer at once.
  visitor = browser();
  await walk(visitor, wiki, await visitor.get(ask(wiki).url), HERON);
  await walk(visitor, ledger, await visitor.get(ask(ledger).url), HERON);
});
afterAll(() => house.close());

let visitor: Visitor;
const browser = (): Visitor => makeVisitor((url) => wiki.isHome(url) || ledger.isHome(url));

/** A page of ours that says no; nothing goes anywhere. */
function expectRefused({ url, status, text, document, headers }: Page, what = ''): void {
  expect([what, url.origin, status]).toEqual([what, house.url, 400]);
  expect(text, what).toContain('</html>');
  expect(document.querySelectorAll('[name=SAMLResponse]'), what).toEqual([]);
  expect(document.querySelectorAll('form[data-submit]'), what).toEqual([]);
  expect(headers.get('content-security-policy'), what).toMatch(/form-action 'self'(?:;|$)/u);
}

/** What comes of a request by POST, in the browser that is signed in. */
async function expectRefusedPosted(xml: string, relayState?: string): Promise<void> {
  const answer = await post(wiki.sso, form(xml, relayState));
  expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  expect(await answer.text()).not.toContain('SAMLResponse');
}

describe('A79: an address for the answer', () => {
  test('that is registered is where it goes, named or not', async () => {
    for (const attributes of [
      '',
      ` AssertionConsumerServiceURL="${wiki.consumer}"`,
      ' AssertionConsumerServiceIndex="0"',
    ]) {
      const { url } = ask(wiki, { attributes });
      expect(answerOn(await visitor.get(url)).action).toBe(wiki.consumer);
    }
  });

  test.each([
    'AssertionConsumerServiceURL="https://evil.example/acs"',
    'AssertionConsumerServiceURL=""',
    'AssertionConsumerServiceURL="CONSUMER/"',
    'AssertionConsumerServiceURL="CONSUMER?next=https://evil.example"',
    'AssertionConsumerServiceURL="CONSUMER#x"',
    'AssertionConsumerServiceURL="javascript:alert(1)"',
    'AssertionConsumerServiceIndex="1"',
    'AssertionConsumerServiceIndex="65536"',
    'AssertionConsumerServiceIndex="-1"',
    'AssertionConsumerServiceIndex="0" AssertionConsumerServiceURL="CONSUMER"',
    'ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"',
  ])('A79: given as %s is refused here, and nothing is sent', async (words) => {
    const attributes = ` ${words.replace('CONSUMER', wiki.consumer)}`;
    // Nor does what we would have to say no to otherwise make us answer there.
    for (const inside of ['', '<samlp:NameIDPolicy Format="urn:none"/>']) {
      const asking = { attributes, inside };
      expectRefused(await visitor.get(ask(wiki, asking).url));
      expectRefused(await visitor.get(askUnsigned(wiki, { ...asking, isPassive: true }).url));
      await expectRefusedPosted(signed(writeAsking(wiki, asking).xml, wiki.key));
    }
  });

  test('A79: of a service provider that nobody knows is not even looked at', async () => {
    const nobody = { ...wiki, provider: { ...wiki.provider, entityId: 'https://evil.example/metadata' } };
    expectRefused(await visitor.get(ask(nobody).url));
    expectRefused(await visitor.get(askUnsigned(nobody).url));
  });
});

describe('A81: the address of a request', () => {
  const queryOf = (): string => new URL(ask(ledger, { relayState: 'to the page' }).url).search.slice(1);

  test('A81: may have its parameters in any order, escaped in small letters', async () => {
    const whole = queryOf();
    const reordered = whole.split('&').toReversed().join('&');
    expect(answerOn(await visitor.get(`${ledger.sso}?${reordered}`)).relayState).toBe('to the page');
    const { xml } = writeAsking(ledger);
    const algorithm = encodeURIComponent(`${MORE}rsa-sha256`);
    const octets = `SAMLRequest=${packed(xml)}&SigAlg=${algorithm}`.replaceAll(/%[\dA-F]{2}/gu, (one) =>
      one.toLowerCase(),
    );
    const signature = createSign('sha256').update(octets).sign(ledger.key.privateKey, 'base64');
    answerOn(await visitor.get(`${ledger.sso}?${octets}&Signature=${encodeURIComponent(signature)}`));
  });

  test.each(['SAMLRequest', 'RelayState', 'SigAlg', 'Signature'])('A81: is refused with two of %s', async (name) => {
    const whole = queryOf();
    const value = new URLSearchParams(whole).get(name) ?? '';
    for (const other of [value, 'other']) {
      const extra = `${name}=${encodeURIComponent(other)}`;
      expectRefused(await visitor.get(`${ledger.sso}?${whole}&${extra}`), 'behind');
      expectRefused(await visitor.get(`${ledger.sso}?${extra}&${whole}`), 'before');
      expectRefused(
        await visitor.get(
          `${ledger.sso}?${whole}&${extra.replace(name, `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`)}`,
        ),
      );
    }
  });

  test('A81: is refused with a request and an answer, with half a signature, and with another RelayState', async () => {
    const whole = queryOf();
    const without = (name: string) =>
      whole
        .split('&')
        .filter((pair) => !pair.startsWith(`${name}=`))
        .join('&');
    for (const query of [
      `${whole}&SAMLResponse=${packed('<x/>')}`,
      without('SigAlg'),
      without('Signature'),
      without('RelayState'),
      whole.replace('RelayState=to', 'RelayState=from'),
      whole.replace('SAMLRequest=', 'SAMLRequest=A'),
      '',
      'SAMLRequest=',
    ]) {
      expectRefused(await visitor.get(`${ledger.sso}?${query}`), query.slice(-60));
    }
  });
});

test('A82: a request that is a hundred times as large as it looks is refused', async () => {
  const room = ' '.repeat(8 * 1024 ** 2);
  const { xml } = writeAsking(wiki, { inside: `<samlp:Extensions>${room}</samlp:Extensions>` });
  const bomb = packed(xml);
  // Short enough to be looked at.
  expect(deflateRawSync(xml).length).toBeLessThan(10_000);
  expectRefused(await visitor.get(`${wiki.sso}?SAMLRequest=${bomb}`));
  const large = await post(wiki.sso, form(xml));
  expect([large.status, large.headers.get('location')]).toEqual([413, null]);
});

describe('A83: a request', () => {
  const query = (xml: string, key: TestKey) => `${ledger.sso}?${signedQuery(xml, key)}`;

  test('A83: of a service provider that signs is refused unsigned, by either binding', async () => {
    expect(answerOn(await visitor.get(ask(ledger).url)).action).toBe(ledger.consumer);
    expectRefused(await visitor.get(askUnsigned(ledger).url));
    await expectRefusedPosted(writeAsking(ledger).xml);
  });

  test('A83: is refused where the key is only in its own KeyInfo, or of another service provider', async () => {
    for (const key of [stranger, wiki.key]) {
      const { xml } = writeAsking(ledger);
      expectRefused(await visitor.get(query(xml, key)));
      await expectRefusedPosted(signed(xml, key));
    }
    // One that need not be signed must still be right where it is.
    expectRefused(await visitor.get(ask(wiki, {}, stranger).url));
    await expectRefusedPosted(signed(writeAsking(wiki).xml, stranger));
  });

  test('A83: is refused with a signature by SHA-1 or HMAC', async () => {
    const { xml } = writeAsking(ledger);
    const sha1 = `SAMLRequest=${packed(xml)}&SigAlg=${encodeURIComponent(SHA1)}`;
    const bySha1 = createSign('sha1').update(sha1).sign(ledger.key.privateKey, 'base64');
    expectRefused(await visitor.get(`${ledger.sso}?${sha1}&Signature=${encodeURIComponent(bySha1)}`));
    await expectRefusedPosted(signed(xml, ledger.key, { algorithm: SHA1 }));
    for (const secret of [ledger.key.pem, ledger.key.certificate, Buffer.from(ledger.key.certificate, 'base64')]) {
      const octets = `SAMLRequest=${packed(xml)}&SigAlg=${encodeURIComponent(`${MORE}hmac-sha256`)}`;
      const mac = createHmac('sha256', secret).update(octets).digest('base64');
      expectRefused(await visitor.get(`${ledger.sso}?${octets}&Signature=${encodeURIComponent(mac)}`));
    }
  });
});

describe('A85: RelayState', () => {
  const HOSTILE = [
    '"><script>alert(1)</script><input value="',
    '<img src=x onerror=alert(1)>',
    'javascript:alert(1)',
    'https://evil.example/?a=1&b=2#c',
    '//evil.example',
    ' two  spaces + plus %2B \u{1f989} ',
    'x'.repeat(1000),
  ];

  test.each(HOSTILE)('A85: %j goes back as it came, and leads nowhere', async (relayState) => {
    const fresh = browser();
    const carried = [
      await visitor.get(ask(wiki, { relayState }).url),
      await visitor.get(askUnsigned(wiki, { relayState }).url),
      (await askByPost(visitor, wiki, { relayState })).page,
      // Also past the pages of a journey.
      await walk(fresh, wiki, await fresh.get(ask(wiki, { relayState }).url), HERON),
    ];
    for (const page of carried) {
      const answer = answerOn(page);
      expect(answer.relayState).toBe(relayState);
      expect(answer.action).toBe(wiki.consumer);
      expect(toldBy(answer.xml, wiki.key).attributes['username']).toEqual(['heron']);
      expect(page.text).not.toMatch(/<script>alert|<img src=x/u);
      const actions = page.document.querySelectorAll('form').map((one) => one.getAttribute('action'));
      expect(new Set(actions)).toEqual(new Set([wiki.consumer, '/language']));
    }
    const visited = [...visitor.trail, ...fresh.trail].filter(({ origin }) => origin !== house.url);
    expect(visited).toEqual([]);
  });

  test('A85: of 10 KB is refused', async () => {
    const relayState = 'x'.repeat(10_000);
    expectRefused(await visitor.get(ask(wiki, { relayState }).url));
    await expectRefusedPosted(signed(writeAsking(wiki).xml, wiki.key), relayState);
    await expectRefusedPosted(signed(writeAsking(wiki).xml, wiki.key), 'a\0b');
  });

  test('A85: that was not sent is not sent back, and an empty one is', async () => {
    expect(handed(await visitor.get(ask(wiki).url))?.relayState).toBeUndefined();
    expect(handed(await visitor.get(ask(wiki, { relayState: '' }).url))?.relayState).toBe('');
  });
});
