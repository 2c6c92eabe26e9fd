import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../../src/accounts/accounts.ts';
import type { LogLine } from '../../../src/mail/owner.ts';
import { freePort } from '../../free-port.ts';
import { openMailCatcher, type MailCatcher } from '../../mail-catcher.ts';
import { PEOPLE } from '../../people.ts';
import { hasPostfix, openPostfix, type Postfix } from '../postfix.ts';
import { openRelayHouse, type RelayHouse, type Sender } from '../relay-house.ts';
import { hasDovecot, openLda } from './lda.ts';

if (!hasPostfix)
  process.stderr.write('Postfix is not installed, or we are not root: what it sends back is not tested.\n');
if (!hasDovecot) process.stderr.write('Dovecot is not installed, or we are not root: its vacations are not tested.\n');

const DAY = 24 * 3_600_000;
const MAILBOX = 'alix@mailbox.test';

/** Alix's log once it says something; the last one where it never does. */
async function logWhere(
  { house, settle }: RelayHouse,
  accountId: string,
  profileId: string,
  isDone: (lines: readonly LogLine[]) => boolean,
): Promise<LogLine[]> {
  for (let round = 0; ; round += 1) {
    await settle();
    const lines = await house.parts.relay.owner.log(accountId, profileId);
    if (isDone(lines) || round > 1200) return lines;
    await pause(100);
  }
}

const count = (lines: readonly LogLine[], outcome: LogLine['outcome']): number =>
  lines.filter((line) => line.outcome === outcome).length;

describe.skipIf(!hasPostfix)("Debian's Postfix takes mail, and finds out later that it cannot keep it", () => {
  let place: RelayHouse;
  let postfix: Postfix;
  let lake: Sender;
  let alix: Account;
  let profileId: string;
  let alias: string;

  beforeAll(async () => {
    const port = await freePort();
    place = await openRelayHouse({ settings: { ALUCO_SMTP: `smtp://127.0.0.1:${port}` } });
    const back = `smtp:[127.0.0.1]:${place.port}`;
    const transports = [`${MAILBOX}=late:`, 'lake.example=late:', `relay.example=${back}`];
    postfix = await openPostfix({
      port,
      settings: { transport_maps: `inline:{${transports.map((one) => `{${one}}`).join(' ')}}` },
      // EX_NOUSER, once it was taken.
      services: ['late unix - n n - - pipe user=nobody argv=/bin/sh -c {echo no such person here; exit 67}'],
    });
    lake = await place.addSender('Lake', 'lake.example');
    const { loginName, password } = PEOPLE.alix;
    alix = await place.house.parts.accounts.add({
      loginName,
      password,
      mailbox: MAILBOX,
      mailboxVerified: true,
      language: 'en',
    });
    const profile = await place.profile(alix, lake, 'hulotte');
    profileId = profile.id;
    alias = place.aliasOf(profile);
  });
  afterAll(async () => {
    await postfix.close();
    await place.close();
  });

  test('F4, F30: each report marks its message, the third pauses the mailbox, and mail is taken and kept as ever', async () => {
    const { house, send, settle } = place;
    const first = await send(lake, alias);
    await send(lake, alias);
    await send(lake, alias);
    const lines = await logWhere(place, alix.id, profileId, (found) => count(found, 'bounced') === 3);
    expect(lines.map(({ outcome }) => outcome)).toEqual(['bounced', 'bounced', 'bounced']);
    expect(lines[0]?.trouble).toMatchObject({
      enhanced: '5.1.1',
      text: expect.stringContaining('no such person here') as string,
    });
    const health = house.parts.accounts.mailboxHealth;
    // What a report says of the mailbox is written after what it says of its message.
    await expect.poll(() => health.state(alix.id)).toMatchObject([{ mailbox: MAILBOX, isPaused: true, isGone: true }]);
    // The application is told the same as before, and nothing of it.
    expect(await send(lake, alias)).toEqual(first);
    await settle();
    const [held] = await house.parts.relay.owner.log(alix.id, profileId);
    expect(held).toMatchObject({ outcome: 'held', heldFor: 'mailbox' });
    // Nothing but what was forwarded has left: Postfix has heard of nobody else.
    expect(await postfix.logs()).not.toMatch(/to=<[^>]*@lake\.example>/u);
    expect(await postfix.mails()).toEqual([]);
  });

  test('R23: an answer that the correspondent’s server sends back is seen by its author', async () => {
    const { house } = place;
    const { owner } = house.parts.relay;
    const [line] = await owner.log(alix.id, profileId);
    const words = { subject: 'Re: hello', text: 'Merci !', confirmed: false };
    await owner.answer(alix.id, profileId, line?.id ?? '', words);
    const isBack = (found: readonly LogLine[]): boolean =>
      found.some(({ way, outcome }) => way === 'out' && outcome === 'bounced');
    // An answer leaves after a while of its own.
    let lines: LogLine[] = [];
    for (let round = 0; round < 4 && !isBack(lines); round += 1) {
      lines = await logWhere(place, alix.id, profileId, isBack);
    }
    const answer = lines.find(({ way }) => way === 'out');
    expect(answer).toMatchObject({ outcome: 'bounced', domain: 'lake.example', trouble: { enhanced: '5.1.1' } });
  });
});

describe('mail to somebody whose mailbox is no more', () => {
  let time = Date.now();
  let place: RelayHouse;
  let lake: Sender;
  let alix: Account;

  beforeAll(async () => {
    place = await openRelayHouse({ now: () => time });
    lake = await place.addSender('Lake', 'lake.example');
    alix = await place.person('alix');
  });
  afterAll(() => place.close());

  test('F30: two relay addresses never refuse; what each of them held goes after days of its own', async () => {
    const { house, send, settle } = place;
    const { accounts, relay } = house.parts;
    const [heron, sparrow] = [await place.profile(alix, lake, 'heron'), await place.profile(alix, lake, 'sparrow')];
    const before = await send(lake, place.aliasOf(heron));
    await settle();
    for (let times = 0; times < 3; times += 1) {
      await accounts.mailboxHealth.bounced(alix.id, PEOPLE.alix.mailbox, { lasting: true, kind: 'gone' });
    }
    // Whether the first message that was held for a profile is still there.
    const isKept = async (id: string): Promise<boolean> => {
      const line = (await relay.owner.log(alix.id, id)).findLast(({ heldFor }) => heldFor === 'mailbox');
      return line !== undefined && (await relay.owner.message(alix.id, id, line.id)).isKept;
    };
    expect(await send(lake, place.aliasOf(heron))).toEqual(before);
    time += DAY / 2;
    expect(await send(lake, place.aliasOf(sparrow))).toEqual(before);
    await settle();
    expect([await isKept(heron.id), await isKept(sparrow.id)]).toEqual([true, true]);
    time += 13.7 * DAY;
    await relay.sweep();
    expect([await isKept(heron.id), await isKept(sparrow.id)]).toEqual([false, true]);
    time += DAY / 2;
    await relay.sweep();
    expect(await isKept(sparrow.id)).toBe(false);
    expect(await send(lake, place.aliasOf(heron))).toEqual(before);
    expect(await send(lake, place.aliasOf(sparrow))).toEqual(before);
    await settle();
  });

  test('what was held leaves once the mailbox takes mail again', async () => {
    const { house, send, settle, catcher } = place;
    const { accounts, relay } = house.parts;
    await accounts.mailboxHealth.resume(alix.id);
    await settle();
    const owl = await place.profile(alix, lake, 'owl');
    for (let times = 0; times < 3; times += 1) {
      await accounts.mailboxHealth.bounced(alix.id, PEOPLE.alix.mailbox, { lasting: true, kind: 'gone' });
    }
    await send(lake, place.aliasOf(owl), { subject: 'kept meanwhile' });
    await settle();
    expect(catcher.letters.map(({ subject }) => subject)).not.toContain('kept meanwhile');
    await accounts.mailboxHealth.resume(alix.id);
    await settle();
    expect(catcher.letters.map(({ subject }) => subject)).toContain('kept meanwhile');
    expect((await relay.owner.log(alix.id, owl.id)).map(({ outcome }) => outcome)).toEqual(['delivered']);
  });

  test('F27: nothing that a message names is ever fetched', async () => {
    const { send, settle } = place;
    let asked = 0;
    const server = createServer((_req, res) => {
      asked += 1;
      res.end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const wren = await place.profile(alix, lake, 'wren');
    const more = `List-Unsubscribe: <${url}/leave>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nX-Face-URL: ${url}/face\r\n`;
    await send(lake, place.aliasOf(wren), { text: `<img src="${url}/pixel"><link href="${url}/style">`, more });
    await settle();
    await pause(200);
    expect(asked).toBe(0);
    server.close();
  });
});

describe.skipIf(!hasDovecot)("Dovecot's Sieve answers while somebody is away", () => {
  /** MAIL FROM of all that was forwarded. */
  const returnPaths: string[] = [];
  let catcher: MailCatcher;
  let place: RelayHouse;
  let lake: Sender;
  let alix: Account;

  beforeAll(async () => {
    catcher = await openMailCatcher({
      onMailFrom({ address }, _session, callback) {
        returnPaths.push(address);
        callback();
      },
    });
    place = await openRelayHouse({ catcher });
    lake = await place.addSender('Lake', 'lake.example');
    alix = await place.person('alix');
  });
  afterAll(async () => {
    await place.close();
    await catcher.close();
  });

  test('F7: its vacation comes to the return path, ends there, and its author sees that it did', async () => {
    const { house, send, next, settle } = place;
    const profile = await place.profile(alix, lake, 'hulotte');
    const alias = place.aliasOf(profile);
    await send(lake, alias);
    const { raw } = await next(PEOPLE.alix.mailbox);
    const delivered = catcher.letters.length;
    // Written for the relay address, as somebody may who wants strangers to know.
    const script = `require "vacation"; vacation :days 1 :addresses ["${alias}"] "I am away, ask ${PEOPLE.alix.mailbox}.";`;
    const lda = await openLda(place.port, script);
    const from = returnPaths.at(-1) ?? '';
    // The field that asks for no answers is heeded; a server that knows nothing of it answers.
    expect(await lda.deliver(raw, from, PEOPLE.alix.mailbox)).toMatch(
      /discarding vacation .*x-auto-response-suppress/iu,
    );
    const without = raw.replace(/^X-Auto-Response-Suppress: .*\r\n/imu, '');
    expect(await lda.deliver(without, from, PEOPLE.alix.mailbox)).toContain(`sent vacation response to <${from}>`);
    await settle();
    const lines = await house.parts.relay.owner.log(alix.id, profile.id);
    expect(lines.map(({ outcome }) => outcome).toSorted()).toEqual(['delivered', 'stopped']);
    expect(catcher.letters).toHaveLength(delivered);
    await lda.close();
  });
});
