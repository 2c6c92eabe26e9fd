import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { SMTPServerAddress } from 'smtp-server';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { openMailCatcher } from '../mail-catcher.ts';
import { PEOPLE, type PersonName } from '../people.ts';
import { leaksIn, type Secrets } from './outgoing.ts';
import { talkTo } from './receive/talk.ts';
import { openRelayHouse, type RelayHouse, type Sender } from './relay-house.ts';

/** An envelope that the mailbox's server was shown, with whatever stood behind the addresses. */
type Envelope = { readonly from: string; readonly to: string; readonly args: string; readonly greeting: string };

/** What the mailbox's server says to a recipient: nothing, where it takes everything. */
export type Behaviour = { code: number; text: string } | undefined;

export const SECOND_MAILBOX = 'alix@attic.example';

export type Place = RelayHouse & {
  /** Milliseconds; may be set forward. */
  readonly clock: { time: number };
  /** How the server of the mailboxes answers RCPT. */
  readonly mailbox: { behaviour: Behaviour; connections: number };
  readonly envelopes: Envelope[];
  /** What was said to applications, dialogue by dialogue, and to which aliases they wrote. */
  readonly said: { readonly text: string; readonly to: readonly string[] }[];
  /** Every alias there is. */
  readonly aliases: string[];
  readonly accounts: Map<PersonName, Account>;
  /** An application of its own, with a profile of each of these people. */
  scene(...people: PersonName[]): Promise<{ sender: Sender; profiles: Profile[]; aliases: string[] }>;
  /** Says some lines in a dialogue of its own, and perhaps a message; returns the reply of each, the greeting first. */
  tell(lines: readonly string[], more?: { message?: Buffer | string; from?: string }): Promise<string[]>;
  /** Hands a message over; the last reply. */
  deliver(message: Buffer | string, from: string, ...to: string[]): Promise<string>;
  /** What nobody but the mailbox's own server may see. */
  secrets(): Secrets;
  /** What was shown to applications that must not be, all dialogues and all mail to them together. */
  leaks(): string[];
};

let scenes = 0;

const NESTS = ['oaktree', 'beechwood', 'hayloft', 'belfry'];
/** A name in words, as applications take them. */
const nameOf = (scene: number, place: number): string =>
  `heron${[...String(scene)].map((digit) => 'abcdefghij'.charAt(Number(digit))).join('')}_${NESTS[place] ?? ''}`;

/** An instance that forwards mail, with every byte kept that it says to whoever is not the mailbox's server. */
export async function openPlace(options: Parameters<typeof openRelayHouse>[0] = {}): Promise<Place> {
  const clock = { time: Date.now() };
  const mailbox: Place['mailbox'] = { behaviour: undefined, connections: 0 };
  const envelopes: Envelope[] = [];
  const said: Place['said'] = [];
  const aliases: string[] = [];
  const accounts = new Map<PersonName, Account>();
  const argsOf = ({ args }: SMTPServerAddress): string => JSON.stringify(args);
  const catcher = await openMailCatcher({
    onConnect(_session, callback) {
      mailbox.connections += 1;
      callback();
    },
    onRcptTo(address, { envelope: { mailFrom }, hostNameAppearsAs: greeting }, callback) {
      if (mailFrom === false) throw new Error('RCPT without MAIL');
      const args = argsOf(mailFrom) + argsOf(address);
      envelopes.push({ from: mailFrom.address, to: address.address, args, greeting });
      const { behaviour } = mailbox;
      callback(
        behaviour === undefined ? null : Object.assign(new Error(behaviour.text), { responseCode: behaviour.code }),
      );
    },
  });
  const house = await openRelayHouse({ ...options, catcher, now: () => (clock.time += 1) });

  const tell: Place['tell'] = async (lines, { message, from } = {}) => {
    const talk = await talkTo(house.port, from);
    const replies = [await talk.reply()];
    for (const line of lines) replies.push(await talk.ask(line));
    if (message !== undefined) replies.push(await talk.data(message));
    talk.close();
    const to = lines.flatMap((line) => /^RCPT TO:<(.*?)>/u.exec(line)?.[1] ?? []);
    said.push({ text: talk.said, to });
    return replies;
  };

  const deliver: Place['deliver'] = async (message, from, ...to) => {
    const lines = ['EHLO app.example', `MAIL FROM:<${from}>`, ...to.map((address) => `RCPT TO:<${address}>`)];
    // The end of its last line is part of the end of DATA.
    const octets = Buffer.from(message);
    return (await tell(lines, { message: octets.subarray(0, octets.lastIndexOf('\r\n')) })).at(-1) ?? '';
  };

  const secrets = (): Secrets => ({
    mailboxes: [...accounts.keys()].flatMap((name) => [PEOPLE[name].mailbox, SECOND_MAILBOX]),
    names: [...accounts.keys()],
    ids: [...accounts.values()].map(({ id }) => id),
    aliases,
  });

  return {
    ...house,
    clock,
    mailbox,
    envelopes,
    said,
    aliases,
    accounts,
    tell,
    secrets,
    async scene(...people) {
      scenes += 1;
      const sender = await house.addSender(`Meadow ${scenes}`, `meadow-${scenes}.example`);
      const profiles: Profile[] = [];
      for (const name of people) {
        const account = accounts.get(name) ?? (await house.person(name));
        accounts.set(name, account);
        profiles.push(await house.profile(account, sender, nameOf(scenes, profiles.length)));
      }
      const own = profiles.map((profile) => house.aliasOf(profile));
      aliases.push(...own);
      return { sender, profiles, aliases: own };
    },
    deliver,
    async send(sender, to, words) {
      const message = await sender.signed(house.message(sender, to, words));
      const text = await deliver(message, `bounces@${sender.domain}`, to);
      return { code: Number(text.slice(0, 3)), text };
    },
    leaks() {
      const outside = house.catcher.letters.filter(({ to }) => !secrets().mailboxes.includes(to));
      return [
        ...said.flatMap(({ text, to }) => leaksIn(text, secrets(), to)),
        ...outside.flatMap(({ raw, to }) => leaksIn(raw, secrets(), to)),
      ];
    },
    async close() {
      await house.close();
      await catcher.close();
    },
  };
}

/** A web server that counts who asks it. */
export async function openCounter(): Promise<{ url: string; asked: () => number; close(): Promise<void> }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
