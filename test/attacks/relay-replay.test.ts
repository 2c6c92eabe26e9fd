import { generateKeyPairSync } from 'node:crypto';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { openRelayHouse, type RelayHouse, type Sender } from '../mail/relay-house.ts';
import { handOver } from '../mail/receive/talk.ts';
import { PEOPLE } from '../people.ts';

let place: RelayHouse;
let meadow: Sender;
let alix: Account;
let magpie: Profile;
let owl: Profile;

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

beforeAll(async () => {
  place = await openRelayHouse();
  meadow = await place.addSender('Meadow', 'meadow.example');
  place.dns.zone['few._domainkey.meadow.example'] = {
    TXT: [`v=DKIM1; k=rsa; p=${keys.publicKey.toString('base64')}`],
  };
  alix = await place.person('alix');
  magpie = await place.profile(alix, meadow, 'magpie_oaktree');
  owl = await place.profile(await place.person('bruno'), meadow, 'owl_hazel');
});
afterAll(() => place.close());

/** Signed by the application as `owl` got it: these fields of it alone. */
async function signedFor(fields: string, more = ''): Promise<string> {
  const message = place.message(meadow, place.aliasOf(owl), { more });
  const signature = { signingDomain: 'meadow.example', selector: 'few', privateKey: keys.privateKey };
  const { signatures, errors } = await dkimSign(message, {
    ...signature,
    headerList: fields,
    signatureData: [signature],
  });
  expect(errors).toEqual([]);
  return signatures + message;
}

const REPLY_TO = 'Reply-To: Meadow <help@meadow.example>\r\n';
const WITH_REPLY_TO = `${REPLY_TO}Content-Transfer-Encoding: 8bit\r\n`;
const ALL = 'From: To: Subject: Date: Message-ID: MIME-Version: Content-Type: Content-Transfer-Encoding: Reply-To';
const FORGED = 'Reply-To: Meadow <help@evil.example>\r\n';

/** Hands it over for `magpie`, as anybody can who ever got one. */
const replay = (message: string) => place.hand(message, 'somebody@evil.example', place.aliasOf(magpie));

async function linesOf({ id }: Profile): Promise<number> {
  return (await place.house.parts.relay.owner.log(alix.id, id)).length;
}

describe('a message that the application signed for one, handed over by anybody for another', () => {
  test.each([
    ['Reply-To', FORGED],
    ['Subject', 'Subject: You owe us\r\n'],
    ['Content-Type', 'Content-Type: text/html\r\n'],
    ['Content-Transfer-Encoding', 'Content-Transfer-Encoding: base64\r\n'],
  ])('A77: another %s above the one that was signed is not shown instead of it', async (_name, added) => {
    expect(await replay(added + (await signedFor(ALL, WITH_REPLY_TO)))).toMatchObject({ code: 550 });
  });

  test('A77: an answer goes nowhere that the application did not sign', async () => {
    const signed = await signedFor(ALL.replace(': Reply-To', ''));
    expect(await replay(FORGED + signed)).toMatchObject({ code: 550 });
    expect((await place.house.parts.refusals.read(meadow.application.id))[0]).toMatchObject({
      domain: 'meadow.example',
      reason: 'signature_partial',
    });
  });

  test('A77: nor is a subject shown that it did not sign', async () => {
    const signed = await signedFor('From: To');
    expect(await replay(signed.replace('Somebody mentioned you', 'You owe us'))).toMatchObject({ code: 550 });
  });

  test('what was signed whole arrives as it was signed', async () => {
    expect(await replay(await signedFor(ALL, REPLY_TO))).toMatchObject({ code: 250 });
    expect((await place.next(PEOPLE.alix.mailbox)).subject).toBe('Somebody mentioned you');
    const [line] = await place.house.parts.relay.owner.log(alix.id, magpie.id);
    const { correspondent } = await place.house.parts.relay.owner.message(alix.id, magpie.id, line?.id ?? '');
    expect(correspondent?.address).toBe('help@meadow.example');
  });

  test('A77: brought again under whatever envelope, it arrives once', async () => {
    const before = await linesOf(magpie);
    const signed = await signedFor(ALL);
    for (const from of ['a@one.example', 'b@two.example', '']) {
      expect(await place.hand(signed, from, place.aliasOf(magpie))).toMatchObject({ code: 250 });
    }
    await place.settle();
    expect(await linesOf(magpie)).toBe(before + 1);
  });

  test('A77: whoever brings it again and again uses up nothing of what the application may send', async () => {
    const heron = await place.profile(alix, meadow, 'heron_willow');
    const to = [place.aliasOf(heron)];
    const message = await signedFor(ALL);
    const replies: string[] = [];
    for (let time = 0; time < 11; time += 1) replies.push(await handOver(place.port, { to, message, at: '127.0.3.1' }));
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual([...Array<string>(10).fill('250'), '451']);
    expect(await place.send(meadow, place.aliasOf(heron))).toMatchObject({ code: 250 });
  });
});
