import { Readable } from 'node:stream';
import type { Application } from '../../src/applications/applications.ts';
import { csv } from '../../src/legacy/sources/csv.ts';
import type { House } from '../house.ts';
import { addApplication, PEOPLE } from '../people.ts';

const NETWORK = '192.0.2.1';

/** Old passwords as bcrypt has them, at its least cost: Openwall's vectors. */
const [HASH, ANOTHER] = [
  '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK',
] as const;

/** Old names of the people: found by their address, known by a password alone, and left where they are. */
const OWN = [
  ['alix', 'heron_of_old', 'sparrow_of_old', 'plover_of_old', 'dunlin_of_old', 'wagtail_of_old'],
  ['bruno', 'magpie_of_old', 'godwit_of_old', 'siskin_of_old', 'linnet_of_old', 'fieldfare_of_old'],
] as const;

/** A table of users: the people's own names, and those of forty whom nobody here knows, two of whom had one address. */
function usersOf(): string {
  const lines = ['name,hash,address,confirmed,disabled,key'];
  for (const [person, byAddress, again, byPassword, left, leftToo] of OWN) {
    const { mailbox } = PEOPLE[person];
    for (const name of [byAddress, again, left, leftToo]) lines.push(`${name},${HASH},${mailbox},1,0,`);
    lines.push(`${byPassword},${ANOTHER},${person}@elsewhere.example,1,0,`);
  }
  for (let number = 10; number < 50; number += 1)
    lines.push(`oldtimer_${number},${HASH},someone${number === 11 ? 10 : number}@elsewhere.example,1,0,`);
  return lines.map((line, at) => `${line}${at === 0 ? '' : String(1000 + at)}`).join('\n');
}

/**
 * An application whose names from before were imported: Alix and Bruno take two back by their address and one by its
 * password, ask for a code and a link to another, and leave two; letters go to the addresses.
 */
export async function takeBackInACrowd({ parts }: House): Promise<Application> {
  const { accounts, legacy } = parts;
  const orchard = await addApplication(parts, 'Orchard', 'https://orchard.example', {
    quota: 2,
    people: 'awaited',
    oldNames: { count: false, sendAddress: true },
  });
  const text = usersOf();
  const open = (): Readable => Readable.from(Buffer.from(text));
  const batch = await legacy.batches.begin(orchard, csv, open, { secrets: { pepper: 'of the orchard' } });
  const { tally } = await legacy.batches.work(batch.id, open);
  if (tally.names !== 50) throw new Error(`${tally.names} names were imported`);
  const { reclaim, notices } = legacy;
  for (const [person, byAddress, again, byPassword, left] of OWN) {
    const { id } = (await accounts.findByLogin(person)) ?? { id: '' };
    for (const name of [byAddress, again]) await reclaim.withOffer(id, orchard, { name, network: NETWORK });
    const profile = await reclaim.withPassword(id, orchard, { name: byPassword, password: 'U*U*', network: NETWORK });
    await reclaim.agreeToMove(id, profile.id, true);
    await reclaim.withPassword(id, orchard, { name: left, password: 'wrong', network: NETWORK }).catch(() => undefined);
    await reclaim.sendCode(id, orchard, { name: left, network: NETWORK, language: 'fr' });
    await reclaim.makeLink(orchard.id, left);
  }
  await notices.begin(orchard.id, { size: 60, pause: 1, language: 'fr' });
  await notices.run();
  return orchard;
}
