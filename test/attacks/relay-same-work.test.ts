import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { makeBack } from '../../src/mail/back/back.ts';
import { makeCorrespondents } from '../../src/mail/forward/forward.ts';
import { makeRecipients } from '../../src/mail/recipients.ts';
import { makeSpool } from '../../src/mail/spool/spool.ts';
import { openHouse, type House } from '../house.ts';
import { DOMAIN, openDesk, type Desk } from '../mail/receive/desk.ts';
import { greet } from '../mail/receive/talk.ts';
import { addApplication, addPerson } from '../people.ts';

describe.each(['sqlite', 'postgres'] as const)('an address that takes no mail on %s', (engine) => {
  let house: House;
  let desk: Desk;
  /** The addresses of profiles, by what became of them. */
  const addresses: Record<string, string> = { unknown: `${'a'.repeat(20)}@${DOMAIN}` };
  /** Where was looked for an address. */
  const looks: string[] = [];
  beforeAll(async () => {
    house = await openHouse({ engine });
    const { accounts, profiles, seals, storage } = house.parts;
    const meadow = await addApplication(house.parts, 'Meadow', 'http://127.0.0.1:1');
    const people = { alix: await addPerson(house.parts, 'alix'), bruno: await addPerson(house.parts, 'bruno') };
    const make = async (who: keyof typeof people, name: string, status: string): Promise<void> => {
      const { id, aliasLocal } = await profiles.create(people[who].id, meadow, { name, note: '' });
      const { profile } = storage.tables;
      await storage.write(async (tx) => void (await tx.update(profile).set({ status }).where(eq(profile.id, id))));
      addresses[status] = `${aliasLocal}@${DOMAIN}`;
    };
    await make('alix', 'heron_lakeside', 'retired');
    await make('alix', 'owl_barnside', 'deleted');
    await make('bruno', 'wren_hillside', 'requested');
    await make('bruno', 'sparrow_downtown', 'active');
    const now = Date.now;
    const spool = makeSpool({ storage, seals, now, log: makeLog('silent') });
    const correspondents = makeCorrespondents({ storage, seals, now });
    const { recipient } = makeRecipients({
      aliasDomain: DOMAIN,
      back: makeBack({ now, url: house.url, spool, health: accounts.mailboxHealth, mailOwner: profiles.mailOwner }),
      profiles: { byAlias: (local) => (looks.push('profiles'), profiles.byAlias(local)) },
      spool: { findByReturn: (local) => (looks.push('spool'), spool.findByReturn(local)) },
      correspondents: { find: (local) => (looks.push('correspondents'), correspondents.find(local)) },
    });
    desk = await openDesk({ recipient: (address, envelope) => recipient(address, envelope, []) });
  });
  afterAll(async () => {
    await desk.close();
    await house.close();
  });

  test('A78, F28: gets one and the same reply for the same looks, whether it never was, is not yet or is no more', async () => {
    const talk = await greet(desk.relay);
    await talk.ask('MAIL FROM:<app@masto.example>');
    const seen: Record<string, [reply: string, looks: string[]]> = {};
    for (const [kind, address] of Object.entries(addresses)) {
      looks.length = 0;
      const reply = await talk.ask(`RCPT TO:<${address}>`);
      seen[kind] = [reply, [...looks]];
    }
    talk.close();
    const nowhere = ['550 5.1.1 No such address here', ['profiles', 'spool', 'correspondents']];
    expect(seen).toEqual({
      unknown: nowhere,
      retired: nowhere,
      deleted: nowhere,
      requested: nowhere,
      active: ['250 2.1.5 Accepted', ['profiles']],
    });
  });
});
