import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasPostfix, openPostfix, type Postfix } from '../postfix.ts';
import { ALIX, BRUNO, DOMAIN, NOTE, openDesk, type Desk } from './desk.ts';
import { greet } from './talk.ts';

if (!hasPostfix)
  process.stderr.write('Postfix is not installed, or we are not root: what it does in front is not tested.\n');

let desk: Desk;
let postfix: Postfix;
beforeAll(async () => {
  if (!hasPostfix) return;
  desk = await openDesk({ settings: { ALUCO_RELAY_PEERS: '127.0.0.1' } });
  postfix = await openPostfix({
    settings: {
      relay_domains: DOMAIN,
      transport_maps: `inline:{${DOMAIN}=relay:[127.0.0.1]:${desk.relay}}`,
      smtp_send_xforward_command: 'yes',
      smtp_connection_cache_destinations: 'static:all',
    },
  });
});
afterAll(async () => {
  if (!hasPostfix) return;
  await postfix.close();
  await desk.close();
});

test.skipIf(!hasPostfix)("Debian's Postfix in front tells for each message who handed it over", async () => {
  for (const [at, to] of [
    ['127.0.0.5', ALIX],
    ['127.0.0.6', BRUNO],
  ] as const) {
    const talk = await greet(postfix.port, at);
    await talk.ask('MAIL FROM:<app@masto.example>');
    expect(await talk.ask(`RCPT TO:<${to}>`)).toMatch(/^250/u);
    expect(await talk.data(`${NOTE}\r\n.dot\r\n`.replace('\r\n.dot', '\r\n..dot'))).toMatch(/^250/u);
    talk.close();
  }
  await expect.poll(() => desk.taken.length).toBe(2);
  const clientOf = (address: string) => desk.taken.find(({ targets }) => targets[0]?.address === address)?.client;
  const name = 'client.example';
  expect(clientOf(ALIX)).toEqual({ address: '127.0.0.5', name, isEncrypted: false, isForwarded: true });
  expect(clientOf(BRUNO)).toEqual({ address: '127.0.0.6', name, isEncrypted: false, isForwarded: true });
  expect(desk.taken[0]?.octets.toString()).toContain('\r\n.dot\r\n');
});

test.skipIf(!hasPostfix)(
  "what an application on Postfix's machine hands to sendmail comes from that machine",
  async () => {
    const before = desk.taken.length;
    await postfix.command('sendmail', ['-f', 'app@masto.example', ALIX], NOTE.replaceAll('\r\n', '\n'));
    await expect.poll(() => desk.taken.length).toBe(before + 1);
    expect(desk.taken.at(-1)?.client).toMatchObject({ address: '127.0.0.1', isForwarded: true });
  },
);
