import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { PEOPLE } from '../people.ts';
import { openRelayHouse, type RelayHouse, type Sender } from './relay-house.ts';

const DAY = 24 * 3_600_000;
const TOKEN = 'only-for-the-one-who-counts-everything';

describe.each(['sqlite', 'postgres'] as const)('the mail relay on %s', (engine) => {
  let now = Date.now();
  let place: RelayHouse;
  let meadow: Sender;
  let alix: Account;
  let magpie: Profile;

  beforeAll(async () => {
    place = await openRelayHouse({ engine, now: () => now, settings: { ALUCO_METRICS_TOKEN: TOKEN } });
    meadow = await place.addSender('Meadow', 'meadow.example');
    alix = await place.person('alix');
    magpie = await place.profile(alix, meadow, 'magpie_oaktree');
  });
  afterAll(() => place.close());

  test('a notification of the application arrives, from an address of ours, and its body is untouched', async () => {
    const text = 'Bruno mentioned you.\n\nÀ bientôt.  \n';
    expect(await place.send(meadow, place.aliasOf(magpie), { text })).toMatchObject({ code: 250 });
    const arrived = await place.next(PEOPLE.alix.mailbox);
    expect(arrived.from).toMatch(/^"?Meadow \(meadow\.example\)"? <[a-z0-9]{20}@relay\.example>$/u);
    expect(arrived.subject).toBe('Somebody mentioned you');
    expect(arrived.raw).toContain(`To: <${place.aliasOf(magpie)}>`);
    expect(Buffer.from(arrived.raw, 'latin1').toString().split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(
      `${text.replaceAll('\n', '\r\n')}\r\n`,
    );
    expect(arrived.raw).not.toContain(PEOPLE.alix.mailbox);
    const [line] = await place.house.parts.relay.owner.log(alix.id, magpie.id);
    expect(line).toMatchObject({ outcome: 'delivered', domain: 'meadow.example' });
  });

  test('somebody else is refused, and the application’s administrators see why', async () => {
    const stranger = place.message({ domain: 'evil.example' }, place.aliasOf(magpie));
    expect(await place.hand(stranger, 'spam@evil.example', place.aliasOf(magpie))).toMatchObject({ code: 550 });
    const [refusal] = await place.house.parts.refusals.read(meadow.application.id);
    expect(refusal).toMatchObject({ domain: 'evil.example', reason: 'unregistered_domain' });
  });

  test('what came and what became of it is counted', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const text = await (await fetch(`${place.house.url}/metrics`, { headers })).text();
    expect(text.split('\n').filter((line) => /^aluco_relay_/u.test(line))).toEqual(
      expect.arrayContaining([
        'aluco_relay_connections_total{outcome="taken"} 2',
        'aluco_relay_messages_total{outcome="taken"} 1',
        'aluco_relay_messages_total{outcome="refused"} 1',
        'aluco_relay_deliveries_total{kind="forward",outcome="delivered"} 1',
        'aluco_relay_kept{state="waiting"} 0',
      ]),
    );
  });

  test('once a profile is wiped nothing is kept of who wrote to it, nor of what its owner chose', async () => {
    const { parts } = place.house;
    const wren = await place.profile(alix, meadow, 'wren_gatepost');
    await parts.relay.owner.setMode(alix.id, wren.id, 'muted');
    await parts.relay.owner.setMode(alix.id, wren.id, 'on');
    expect(await place.send(meadow, place.aliasOf(wren))).toMatchObject({ code: 250 });
    await place.next(PEOPLE.alix.mailbox);
    const { correspondent, relayChoice } = parts.storage.tables;
    const tags = parts.seals.tags('relay-profile', wren.id);
    const kept = async (): Promise<number> => {
      const rows = [
        ...(await parts.storage.read.select().from(correspondent)),
        ...(await parts.storage.read.select().from(relayChoice)),
      ];
      return rows.filter(({ profileTag }) => tags.includes(profileTag)).length;
    };
    expect(await kept()).toBe(2);
    await parts.profiles.retire(alix.id, wren.id);
    // Thirty days to undo, thirty to be wiped.
    now += 32 * DAY;
    await parts.profiles.sweep();
    expect(await kept()).toBe(2);
    now += 32 * DAY;
    await parts.profiles.sweep();
    expect(await kept()).toBe(0);
  });
});
