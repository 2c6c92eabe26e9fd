import { expect, test } from 'vitest';
import { HOME, makeHouse, PASSWORD, refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';

onBothEngines('letters that strangers have us write', (ground) => {
  test('A44: how many letters somebody got lately tells nobody signed in whose mailbox is whose', async () => {
    const house = makeHouse(ground());
    const { accounts } = house;
    await house.add('gustave', { mailbox: 'gustave@home.example', mailboxVerified: true });
    const { id } = await house.add('mallory');
    for (let time = 0; time < 4; time += 1)
      await accounts.recovery.ask({ identifier: 'gustave', network: HOME, language: 'en' });
    const guess = (mailbox: string) => refusalOf(accounts.mailboxes.begin(id, mailbox, 'second'));
    expect([await guess('somebody@home.example'), await guess('gustave@home.example')]).toEqual(['fine', 'fine']);
  });

  test('letters to one person are few, whatever tags are written behind the name, and whoever asks', async () => {
    const house = makeHouse(ground(), { signUpMode: 'open' });
    const { accounts, letters } = house;
    for (let time = 0; time < 12; time += 1) {
      const tagged = `Victim+${time}@home.example`;
      await accounts.recovery.ask({ identifier: tagged, network: HOME, language: 'en' });
    }
    expect(letters).toHaveLength(3);
    // Whose mailbox it is still gets their own.
    await house.add('victim', { mailbox: 'victim@home.example', mailboxVerified: true });
    await accounts.recovery.ask({ identifier: 'victim', network: HOME, language: 'en' });
    expect(letters.pop()).toMatchObject({ kind: 'recovery', to: 'victim@home.example' });
    for (let time = 0; time < 12; time += 1) {
      const asked = {
        mailbox: `victim+${time}@home.example`,
        network: HOME,
        language: 'en',
        journeyId: 'none',
      } as const;
      await accounts.signUp.ask(asked);
    }
    expect(letters).toHaveLength(6);
    for (const name of ['brume', 'cerf', 'dune', 'fauve', 'houle', 'lande']) {
      const { id } = await house.add(name);
      await refusalOf(accounts.mailboxes.begin(id, `victim+${name}@home.example`, 'second'));
    }
    expect(letters).toHaveLength(9);
  });

  test('an invitation for many is no way to have many letters written to one person', async () => {
    const house = makeHouse(ground());
    const { accounts, letters } = house;
    const { token } = await accounts.invitations.invite({ label: 'Asso', role: 'person', groups: [], uses: 50 });
    for (const name of ['ab', 'cd', 'ef', 'gh', 'ij', 'kl']) {
      const mailbox = `prey+${name}@home.example`;
      await accounts.invitations.accept(token, {
        loginName: `guest${name}`,
        password: PASSWORD,
        mailbox,
        language: 'en',
      });
    }
    expect(letters.map(({ kind }) => kind)).toEqual(['mailbox_confirm', 'mailbox_confirm', 'mailbox_confirm']);
    expect(await accounts.findByLogin('guestkl')).toMatchObject({ mailbox: 'prey+kl@home.example' });
  });
});
