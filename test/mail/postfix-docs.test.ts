import { readFile } from 'node:fs/promises';
import path from 'node:path';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig, ROOT } from '../../src/config.ts';
import { makeDns } from '../../src/mail/dns.ts';
import { makeVerifier } from '../../src/mail/dkim/dkim.ts';
import { readHead } from '../../src/mail/head.ts';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { freePort } from '../free-port.ts';
import { hasPostfix, openPostfix, type Postfix } from './postfix.ts';
import { openRelayHouse, type Answered, type RelayHouse, type Sender } from './relay-house.ts';

if (!hasPostfix) process.stderr.write('SKIPPED: there is no Postfix, so that part of docs/mail.md is not played\n');

const page = await readFile(path.join(ROOT, 'docs/mail.md'), 'utf8');

/** The lines of a block of docs/mail.md, as they stand there. */
function block(name: string): string[] {
  const inside = new RegExp(`<!-- ${name} -->\\s+\`\`\`[a-z]*\\n(.*?)\`\`\``, 'su').exec(page)?.[1];
  if (inside === undefined) throw new Error(`docs/mail.md has no block "${name}"`);
  return inside.trimEnd().split('\n');
}

const pairs = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(lines.map((line) => [...line.split(/ ?= ?/u, 1), line.replace(/^[^=]*= ?/u, '')]));

describe('docs/mail.md', () => {
  test.each(['settings: alone', 'settings: postfix'])('has settings that Aluco takes: %s', (name) => {
    const settings = pairs(block(name));
    expect(Object.keys(settings)).toContain('ALUCO_RELAY');
    expect(() => readConfig(settings)).not.toThrow();
  });

  test('asks of Mailu’s Postfix nothing that it does not ask of one without Mailu, where it was tried', () => {
    const own = { ...pairs(block('postfix: main.cf')), smtp_send_xforward_command: 'yes' };
    const mailu = pairs(block('postfix: mailu'));
    expect(Object.keys(mailu).length).toBeGreaterThan(3);
    expect(own).toMatchObject(mailu);
    expect(block('postfix: master.cf').join('\n')).toContain('smtp_send_xforward_command=yes');
  });
});

describe.skipIf(!hasPostfix)('an existing Postfix, set up word for word as in docs/mail.md', () => {
  let postfix: Postfix;
  let place: RelayHouse;
  let meadow: Sender;
  let alix: Account;
  let magpie: Profile;
  let entrance: number;

  beforeAll(async () => {
    const ports = { '2525': await freePort(), '25': await freePort(), '10026': await freePort() };
    entrance = ports['10026'];
    /** A line with the domain and the ports of this test. */
    const here = (line: string): string =>
      line
        .replaceAll('relay.example.org', 'relay.example')
        .replace(
          /(127\.0\.0\.1\]?:)(2525|25|10026)\b/u,
          (_, host: string, port: keyof typeof ports) => host + ports[port],
        );
    postfix = await openPostfix({
      port: ports['25'],
      settings: {
        // 127.0.0.2 stands for the rest of the world.
        mynetworks: '127.0.0.1/32',
        address_verify_poll_delay: '1s',
        virtual_alias_domains: 'home.example',
        virtual_alias_maps: 'inline:{ { alix@home.example = alix@mailbox.test } }',
        ...pairs(block('postfix: main.cf').map(here)),
      },
      services: [
        'verify unix - - n - 1 verify',
        ...[...block('postfix: master.cf'), ...block('postfix: entrance')].map(here),
      ],
    });
    const settings = pairs(block('settings: postfix').map(here));
    place = await openRelayHouse({ settings });
    meadow = await place.addSender('Meadow', 'meadow.example');
    const { mailKeys } = place.house.parts;
    await mailKeys.ensure();
    for (const { name, record } of await mailKeys.records('relay.example')) place.dns.zone[name] = { TXT: [record] };
    alix = await place.person('alix');
    magpie = await place.profile(alix, meadow, 'magpie_oaktree');
  });
  afterAll(async () => {
    await place?.close();
    await postfix?.close();
  });

  /** Hands a message to Postfix as somebody from elsewhere does. */
  function hand(octets: Buffer | string, from: string, to: string, port = postfix.port): Promise<Answered> {
    const localAddress = port === postfix.port ? '127.0.0.2' : '127.0.0.1';
    const connection = new SMTPConnection({
      host: '127.0.0.1',
      port,
      localAddress,
      ignoreTLS: true,
      name: 'app.example',
    });
    return new Promise((resolve, reject) => {
      connection.once('error', reject);
      connection.connect(() => {
        connection.send({ from, to: [to] }, octets, (error, info) => {
          connection.quit();
          if (error === null) resolve({ code: Number(info.response.slice(0, 3)), text: info.response });
          else resolve({ code: error.responseCode ?? 0, text: error.response ?? error.message });
        });
      });
    });
  }

  /** Until nothing is on its way in Postfix, nor in the relay. */
  async function settle(): Promise<void> {
    for (let round = 0; round < 1200; round += 1) {
      await place.settle();
      if (/queue is empty/u.test(await postfix.command('postqueue', ['-p']))) break;
      await new Promise((resolve) => void setTimeout(resolve, 100));
    }
    await place.settle();
  }

  test('mail of the application goes through Postfix to the relay, out through Postfix, and our signature holds in the mailbox', async () => {
    const alias = place.aliasOf(magpie);
    const text = 'Bruno mentioned you.\n\nÀ bientôt.';
    const message = await meadow.signed(place.message(meadow, alias, { text }));
    expect(await hand(message, 'bounces@meadow.example', alias)).toMatchObject({ code: 250 });
    await settle();
    const [arrived] = await postfix.waitFor(1);
    expect(arrived?.mailbox).toBe('alix');
    expect(arrived?.from).toMatch(/^[a-z0-9]{20}@relay\.example$/u);
    const octets = arrived?.octets ?? Buffer.alloc(0);
    const end = octets.indexOf('\r\n\r\n') + 4;
    expect(octets.subarray(end).toString()).toBe(`${text.replaceAll('\n', '\r\n')}\r\n`);
    const verifier = makeVerifier(readHead(octets.subarray(0, end)), makeDns([place.dns.address]), Date.now);
    verifier.update(octets.subarray(end));
    const { signatures, arc } = await verifier.finish();
    const ours = signatures.filter(({ domain }) => domain === 'relay.example');
    expect(ours.map(({ result }) => result)).toEqual(['pass', 'pass']);
    expect(arc.cv).toBe('pass');
  });

  test('an unknown address is refused by Postfix itself, for good, and those that exist are not refused after many of them', async () => {
    const before = (await postfix.mails()).length;
    const unknown = Array.from({ length: 25 }, (_, number) => `nobody${number}@relay.example`);
    const answers = await Promise.all(
      unknown.map((address) => hand(place.message(meadow, address), 'victim@mailbox.test', address)),
    );
    for (const { code, text } of answers) {
      expect(text).toContain('No such address here');
      expect(code).toBe(550);
    }
    const sparrow = await place.profile(alix, meadow, 'sparrow');
    const alias = place.aliasOf(sparrow);
    const message = await meadow.signed(place.message(meadow, alias));
    expect(await hand(message, 'bounces@meadow.example', alias)).toMatchObject({ code: 250 });
    await settle();
    // It alone, and no bounce to the victim.
    expect((await postfix.waitFor(before + 1)).length).toBe(before + 1);
  });

  test('A77: a stranger who forges somebody’s address is not forwarded, and nobody gets a bounce', async () => {
    const before = (await postfix.mails()).length;
    const alias = place.aliasOf(magpie);
    const forged = place.message({ domain: 'evil.example' }, alias);
    expect(await hand(forged, 'victim@mailbox.test', alias)).toMatchObject({ code: 250 });
    await settle();
    expect((await postfix.mails()).length).toBe(before);
    const refusals = await place.house.parts.refusals.read(meadow.application.id);
    expect(refusals[0]).toMatchObject({ domain: 'evil.example', reason: 'unregistered_domain' });
    expect(await postfix.logs()).not.toContain('status=bounced');
  });

  test('who sent it is told to the relay: mail that only SPF proves is taken from there, and not from elsewhere', async () => {
    const before = (await postfix.mails()).length;
    for (const [name, machine] of [
      ['Orchard', '127.0.0.2'],
      ['Hedge', '127.0.0.3'],
    ] as const) {
      const sender = await place.addSender(name, `${name.toLowerCase()}.example`);
      place.dns.zone[sender.domain] = { TXT: [`v=spf1 ip4:${machine} -all`] };
      const alias = place.aliasOf(await place.profile(alix, sender, 'wren'));
      await hand(place.message(sender, alias), `bounces@${sender.domain}`, alias);
    }
    await settle();
    const arrived = await postfix.waitFor(before + 1);
    expect(arrived.length).toBe(before + 1);
    expect(arrived.filter(({ octets }) => octets.includes('orchard.example')).length).toBe(1);
  });

  test('nobody from elsewhere can send out through it, and the entrance without milters takes mail of this machine', async () => {
    const elsewhere = 'somebody@elsewhere.example';
    expect(await hand(place.message(meadow, elsewhere), 'bounces@meadow.example', elsewhere)).toMatchObject({
      code: 554,
    });
    const before = (await postfix.mails()).length;
    const to = 'bruno@mailbox.test';
    expect(await hand(place.message(meadow, to), 'x@relay.example', to, entrance)).toMatchObject({ code: 250 });
    await postfix.waitFor(before + 1);
  });
});
