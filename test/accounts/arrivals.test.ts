import { expect, test } from 'vitest';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse } from './house.ts';

const DAY = 86_400_000;
const DEVICE = 'Firefox, Linux';

onBothEngines('somebody signs in', (ground) => {
  test('from a browser that is new to the account: its owner gets a letter, and finds it in the timeline', async () => {
    const { accounts, add, letters, clock } = makeHouse(ground());
    const alix = await add('alix', { mailbox: 'alix@home.example', mailboxVerified: true });
    const come = (isKnown: boolean) => accounts.arrive(alix, { device: DEVICE, network: HOME, isKnown });

    await come(false);
    expect(letters, 'the very first sign-in').toEqual([]);
    clock.time += DAY / 2;
    await come(true);
    expect(letters, 'a known browser').toEqual([]);
    await come(false);
    expect(letters).toEqual([
      {
        kind: 'new_sign_in',
        to: 'alix@home.example',
        language: 'fr',
        values: { login_name: 'alix', device: DEVICE, day: new Date(clock.time).toISOString().slice(0, 10) },
      },
    ]);
    const kept = (await accounts.timeline.list(alix.id)).map(({ detail }) => detail?.['browser'] ?? 'known');
    expect(kept.toSorted()).toEqual(['known', 'known', 'new']);
  });

  test('from many new browsers in a day: three letters, and every sign-in in the timeline', async () => {
    const { accounts, add, letters, clock } = makeHouse(ground());
    const bruno = await add('bruno', { mailbox: 'bruno@home.example', mailboxVerified: true });
    const come = () => accounts.arrive(bruno, { device: DEVICE, network: HOME, isKnown: false });
    for (let number = 0; number < 10; number += 1) await come();
    expect(letters).toHaveLength(3);
    expect(await accounts.timeline.list(bruno.id)).toHaveLength(10);
    clock.time += DAY + 1;
    await come();
    expect(letters).toHaveLength(4);

    // Several at the same moment are no way around it.
    await Promise.all([come(), come(), come(), come(), come()]);
    expect(letters).toHaveLength(6);
  });

  test('a timeline that is full of other things does not make a sign-in the first one', async () => {
    const { accounts, add, letters, clock } = makeHouse(ground());
    const maud = await add('maud', { mailbox: 'maud@home.example', mailboxVerified: true });
    for (let number = 0; number < 50; number += 1)
      await accounts.timeline.record(maud.id, { kind: 'application_entered', at: clock.time + number });
    await accounts.arrive(maud, { device: DEVICE, network: HOME, isKnown: false });
    expect(letters).toHaveLength(1);
  });

  test('no letter goes to a mailbox that nobody has proven', async () => {
    const { accounts, add, letters } = makeHouse(ground());
    const odile = await add('odile', { mailbox: 'odile@home.example' });
    for (let number = 0; number < 3; number += 1)
      await accounts.arrive(odile, { device: DEVICE, network: HOME, isKnown: false });
    expect(letters).toEqual([]);
  });
});
