import { makeDestinations } from '../../src/mail/courier/destinations.ts';
import { makeChoices } from '../../src/mail/forward/choices.ts';
import { makeCorrespondents } from '../../src/mail/forward/correspondents.ts';
import { makeSpool } from '../../src/mail/spool/spool.ts';
import { makeLog } from '../../src/log.ts';
import type { Service } from '../application.ts';
import type { House } from '../house.ts';
import { keep, octets, toProfile } from '../mail/spool/sorting-office.ts';
import { PEOPLE } from '../people.ts';

const BOUNCE = { lasting: true, kind: 'mailbox' } as const;

/** What lies in the tables of mail once Alix and Bruno got some, their mailboxes refused some, and strangers wrote. */
export async function receiveInACrowd(house: House, [meadow, harbour]: [Service, Service]): Promise<void> {
  const { accounts, mailKeys, profiles, refusals, seals, storage } = house.parts;
  const common = { storage, seals, now: () => Date.now(), log: makeLog('silent') };
  const spool = makeSpool(common);
  const correspondents = makeCorrespondents(common);
  const choices = makeChoices(common);
  const ids: string[] = [];
  for (const person of ['alix', 'bruno'] as const) {
    const account = await accounts.findByLogin(person);
    const own = await profiles.all(account?.id ?? '', [meadow.application.id, harbour.application.id]);
    ids.push(...own.map(({ id }) => id));
    await accounts.mailboxHealth.bounced(account?.id ?? '', PEOPLE[person].mailbox, BOUNCE);
  }
  for (const [number, id] of ids.entries()) {
    await correspondents.of(id, { address: 'notifications@meadow.example', name: 'Meadow' });
    await choices.set(id, { mode: number % 2 === 0 ? 'held' : 'on', strangers: 'hold' });
    await keep(spool, octets('x', number % 2 === 0 ? 100 : 100_000), [toProfile(id, { messageId: `<${number}@x>` })]);
    await spool.note(id, { kind: 'forward', state: 'muted', fromDomain: 'meadow.example' });
  }
  // One message to all of them, which all refuse.
  for (const delivery of await keep(
    spool,
    octets('x', 10),
    ids.map((id) => toProfile(id, { messageId: '<all@x>' })),
  )) {
    const trouble = { code: '550', enhanced: '5.1.1', text: 'no such person here', at: Date.now() };
    await spool.settle(delivery, { state: 'failed', trouble });
  }
  for (const { application } of [meadow, harbour]) {
    refusals.note(application.id, { domain: 'stranger.example', reason: 'unsigned', address: '192.0.2.7' });
  }
  await refusals.flush();
  await mailKeys.ensure();
  await makeDestinations(common).failed('home.example', 'ETIMEDOUT');
}
