import { signIn, type Service } from '../application.ts';
import { addApp } from '../authenticator.ts';
import type { House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { signInAt, type Wiki } from '../service-provider.ts';
import { makeVisitor } from '../visitor.ts';
import { receiveInACrowd } from './crowd-mail.ts';
import { moderateInACrowd } from './crowd-moderation.ts';
import { takeBackInACrowd } from './crowd-old-names.ts';

/** NameIDs as different as they come: drawn for the session, of the profile, the address, the name. */
const FORMATS = [
  'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
];

/** What Alix and Bruno do, among thirty others who have an account and a profile. */
export async function liveInACrowd(
  house: House,
  [meadow, harbour]: [Service, Service],
  wiki: Wiki,
): Promise<{ accounts: string[]; profiles: string[] }> {
  const { accounts, profiles } = house.parts;
  const made = { accounts: [] as string[], profiles: [] as string[] };
  for (let number = 0; number < 30; number += 1) {
    const { id } = await accounts.add({
      loginName: `neighbour${number}`,
      password: PEOPLE.maud.password,
      language: 'fr',
    });
    made.accounts.push(id);
    const profile = await profiles.create(id, meadow.application, { name: `passer_${number}`, note: '' });
    made.profiles.push(profile.id);
  }
  const { id: groupId } = await accounts.groups.create('Gardeners of the north');
  const lasting = { scope: 'openid profile email groups offline_access' };
  for (const [person, names] of [
    ['alix', ['heron_lakeside', 'sparrow_downtown']],
    ['bruno', ['magpie_oaktree']],
  ] as const) {
    const { id } = await addPerson(house.parts, person);
    await accounts.groups.addMember(groupId, person);
    const visitor = makeVisitor((url) => [meadow, harbour, wiki].some((place) => place.isHome(url)));
    for (const profile of names) {
      const params = { prompt: 'select_account', ...lasting };
      await signIn(visitor, meadow, { person, profile }, params);
    }
    const received = await signIn(visitor, harbour, { person, profile: `${person}_harbour` });
    if (received.tokens.refresh_token === undefined) throw new Error('no refresh token');
    for (const [at, profile] of [`${person}_wiki`, `${person}_withalongname`].entries()) {
      const browser = at === 0 ? visitor : makeVisitor((url) => wiki.isHome(url));
      for (const format of FORMATS) {
        await signInAt(browser, wiki, { person, profile }, { inside: `<samlp:NameIDPolicy Format="${format}"/>` });
        if (at > 0) await browser.jar.removeAllCookies();
      }
    }
    for (const { id: profileId } of (await profiles.at(id, meadow.application)).profiles) {
      await profiles.describe(id, profileId, { note: 'the one for the birdwatchers', groups: [groupId] });
    }
    // A journey left half-way, a wrong password, and a second browser signed out with its messages still waiting.
    await visitor.get(
      `${house.url}/oidc/authorize?client_id=${meadow.client.id}&prompt=login&scope=openid&response_type=code&redirect_uri=${encodeURIComponent(meadow.redirectUri)}&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256`,
    );
    const second = makeVisitor((url) => meadow.isHome(url));
    await signIn(second, meadow, { person, profile: names[0] });
    const page = await second.get(`${house.url}/sessions`);
    const endings = page.document
      .querySelectorAll('button[name=session]')
      .map((button) => button.getAttribute('value'));
    await second.submit(page, '/sessions/end', { session: endings.at(-1) ?? '' });
    await accounts.signIn({ identifier: person, password: 'wrong', network: '192.0.2.1' }).catch(() => undefined);
    // From now on a second factor, with its recovery codes.
    await addApp(house.parts, { id, loginName: person }, Date.now());
    // A letter that waits, of one who just asked for help.
    const { mail, storage } = house.parts;
    const values = { login_name: person, token: `token_of_${person}` };
    const letter = { kind: 'recovery', to: PEOPLE[person].mailbox, language: 'fr', values } as const;
    await storage.write((tx) => mail.post(tx, letter));
    // A link for a new password that nobody has used yet, and an invitation of somebody they know.
    await accounts.passwordLinks.make(id);
    await accounts.invitations.invite({ label: `a friend of ${person}`, role: 'person', groups: [groupId] });
  }
  // Two who wait for an administrator's yes: one has just asked on the way to an application, the other was asked back.
  for (const [loginName, applicationId] of [
    ['waits_north', meadow.application.id],
    ['waits_south', undefined],
  ] as const) {
    const mailbox = `${loginName}@home.example`;
    const person = {
      loginName,
      password: PEOPLE.maud.password,
      mailbox,
      mailboxVerified: true,
      awaiting: true,
    } as const;
    const account = await accounts.add({ ...person, language: 'fr' });
    const plea = { at: Date.now(), reason: `It is ${loginName} who asks.`, applicationId };
    await house.parts.storage.write((tx) => accounts.applicants.enter(tx, { ...account, mailbox }, plea, ''));
    if (applicationId === undefined) await accounts.applicants.ask(account.id, 'Where is that?');
  }
  // One who came by an invitation, and one who is suspended for a week.
  const { token } = await accounts.invitations.invite({ label: 'Maud', role: 'person', groups: [groupId] });
  const { loginName, password, mailbox } = PEOPLE.maud;
  const { id } = await accounts.invitations.accept(token, { loginName, password, mailbox, language: 'en' });
  await accounts.suspend(id, Date.now() + 7 * 86_400_000);
  await receiveInACrowd(house, [meadow, harbour]);
  await moderateInACrowd(house, [meadow, harbour], groupId);
  await takeBackInACrowd(house);
  await house.parts.recent.flush();
  return made;
}
