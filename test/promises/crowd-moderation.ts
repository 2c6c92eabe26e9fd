import type { Service } from '../application.ts';
import type { House } from '../house.ts';
import { addPerson } from '../people.ts';

/**
 * What lies in the tables of moderation once both Alix and Bruno were warned, barred and granted more, asked for a
 * profile, appealed, and were referred to the administrators, who look behind a profile of each.
 */
export async function moderateInACrowd(
  { parts }: House,
  [meadow, harbour]: [Service, Service],
  groupId: string,
): Promise<void> {
  const { accounts, applications, moderation, profiles, register } = parts;
  const { actions, appeals, exceptions, invitations, moderators, person: persons } = moderation;
  const noé = await addPerson(parts, 'noé');
  const odile = await accounts.findByLogin('odile');
  if (odile === undefined) throw new Error('nobody runs the house');
  const actor = { accountId: noé.id, administrator: false };
  for (const { application } of [meadow, harbour]) await moderators.appoint(application.id, noé.id, odile.id);
  await accounts.delegates.name(groupId, noé.id, odile.id);
  const { id: harbourId, ...settings } = harbour.application;
  await applications.change(harbourId, { ...settings, policy: 'approved' });
  const approved = await applications.get(harbourId);

  for (const loginName of ['alix', 'bruno']) {
    const { id: accountId } = (await accounts.findByLogin(loginName)) ?? { id: '' };
    const held = await profiles.at(accountId, meadow.application);
    const profileId = held.profiles.find(({ name }) => name.includes('_'))?.id ?? '';
    const to = [actor, meadow.application.id, profileId] as const;
    const why = { reason: 'spam', words: `a word to ${loginName}` };
    await actions.warn(...to, why);
    await actions.note(...to, 'looked at twice');
    await persons.bar(...to, { ...why, noNew: true, others: true });
    await exceptions.grant(...to, 7);
    await actions.refer(...to, why);
    const wish = { wanted: ['login'], reference: 'letter 7', reason: 'a threat to life', telling: 'usual' };
    await register.unsealings.ask(odile.id, profileId, wish);
    const { history } = await moderation.ownersView.of(accountId, profileId);
    const warning = history.find(({ kind }) => kind === 'warned')?.id ?? '';
    await appeals.write(accountId, profileId, warning, `${loginName} says that this was no advertising.`);
    const wanted = { name: `${loginName}_second`, note: '', words: `it is ${loginName} who asks`, urgent: false };
    await profiles.request(accountId, approved, wanted);
    await invitations.make(actor, meadow.application.id, { uses: 1, days: 7, note: `for a friend of ${loginName}` });
  }
  const asked = { authority: 'a court', basis: 'article 6', asked: 'who wrote that' };
  await register.authorities.add(odile.id, { ...asked, received: new Date().toISOString().slice(0, 10), deadline: '' });
}
