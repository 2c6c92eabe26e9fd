import { strToU8, zipSync } from 'fflate';
import type { Account, Accounts } from '../../accounts/accounts.ts';
import type { Application, Applications } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import type { Legacy } from '../../legacy/legacy.ts';
import type { RelayOwner } from '../../mail/owner.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import { claimScopes, type Oidc } from '../../oidc/oidc.ts';
import { dayOf } from '../../days.ts';
import { subjectOf, type OwnProfile, type Profiles } from '../../profiles/profiles.ts';
import type { Saml } from '../../saml/saml.ts';
import { archivePage, type Archive, type ArchivedProfile, type Sent } from '../../../views/portal/archive.tsx';
import type { Frame } from '../../../views/layout.tsx';

type Needs = {
  config: Pick<Config, 'ALUCO_URL' | 'ALUCO_ALIAS_DOMAIN' | 'ALUCO_NAME'>;
  accounts: Pick<Accounts, 'dataOf' | 'groups'>;
  applications: Pick<Applications, 'list' | 'clientsOf' | 'serviceProvidersOf'>;
  legacy: { readonly reclaim: Pick<Legacy['reclaim'], 'keptOf'> };
  moderation: Pick<Moderation, 'ownersView'>;
  now: () => number;
  oidc: Pick<Oidc, 'browsers' | 'preview'>;
  profiles: Pick<Profiles, 'heldBy'>;
  /** Left out where this instance forwards no mail. */
  relay: Pick<RelayOwner, 'correspondents' | 'log' | 'standing'> | undefined;
  saml: Pick<Saml, 'preview'>;
};

/** Gathers what is kept of a person, from both sides: for that person alone. */
export function makeArchives(needs: Needs) {
  const { config, accounts, applications, legacy, moderation, now, oidc, profiles, relay, saml } = needs;

  async function sentFor(accountId: string, application: Application, profile: OwnProfile): Promise<Sent[]> {
    const sent: Sent[] = [];
    const scope = claimScopes().join(' ');
    for (const client of await applications.clientsOf(application.id)) {
      const answer = await oidc.preview(accountId, profile, client, { scope });
      if (answer !== undefined)
        sent.push({ to: client.label, by: 'OpenID Connect', values: { ...answer.userinfo, ...answer.idToken } });
    }
    for (const provider of await applications.serviceProvidersOf(application.id)) {
      const answer = await saml.preview(accountId, application, profile, provider);
      if (answer === undefined) continue;
      const attributes = answer.attributes.map(({ name, values }) => [name, values] as const);
      const values = { NameID: answer.nameId.value, ...Object.fromEntries(attributes) };
      sent.push({ to: provider.label, by: 'SAML', values });
    }
    return sent;
  }

  /** What is kept of mail to a profile: the log, what its owner chose, who wrote. Never a message. */
  async function mailOf(accountId: string, { id, status }: OwnProfile): Promise<ArchivedProfile['mail']> {
    if (relay === undefined || status === 'deleted') return undefined;
    const { mode, strangers } = await relay.standing(accountId, id);
    return {
      mode,
      strangers,
      correspondents: (await relay.correspondents(accountId, id)).map(({ address, name, isBlocked }) => ({
        address,
        name,
        isBlocked,
      })),
      log: (await relay.log(accountId, id)).map(({ at, way, outcome, heldFor, domain, trouble }) => ({
        at,
        way,
        outcome,
        ...(heldFor === undefined ? {} : { heldFor }),
        domain,
        ...(trouble === undefined ? {} : { trouble }),
      })),
    };
  }

  return {
    /** What is kept of this person, at this moment. */
    async of(account: Account): Promise<Archive> {
      const all = await applications.list();
      const known = new Map(all.map((application) => [application.id, application]));
      const groupNames = new Map((await accounts.groups.names()).map(({ id, name }) => [id, name]));
      const found: Archive['applications'][number][] = [];
      for (const there of await profiles.heldBy(account.id, [...known.keys()])) {
        const { applicationId, quota, deletedDays, profiles: held, refusedDays, urgentDay, decisions } = there;
        const application = known.get(applicationId);
        if (application === undefined) continue;
        const own: ArchivedProfile[] = [];
        const histories = await moderation.ownersView.dataOf(held.map(({ id }) => id));
        for (const profile of held) {
          const { name, status, createdDay, retiredDay, lastUsedDay, note, groups, source, request } = profile;
          own.push({
            name,
            subject: subjectOf(application, profile),
            relayAddress: `${profile.aliasLocal}@${config.ALUCO_ALIAS_DOMAIN}`,
            status,
            source,
            request:
              request === undefined
                ? undefined
                : {
                    day: request.day,
                    urgent: request.urgent,
                    words: request.words,
                    question: request.question,
                    answer: request.answer,
                  },
            createdDay,
            retiredDay,
            lastUsedDay,
            note,
            oldAddress: profile.oldAddress?.address,
            oldAccount: await legacy.reclaim.keptOf(profile),
            groupsShown: groups.flatMap((id) => groupNames.get(id) ?? []),
            history: histories[profile.id] ?? [],
            mail: await mailOf(account.id, profile),
            sent: status === 'active' ? await sentFor(account.id, application, profile) : [],
          });
        }
        found.push({ name: application.name, quota, deletedDays, refusedDays, urgentDay, decisions, profiles: own });
      }
      const browsers = await oidc.browsers(account.id);
      const { looksAfter, ...data } = await accounts.dataOf(account.id);
      return {
        instance: { name: config.ALUCO_NAME, url: config.ALUCO_URL },
        madeOn: dayOf(now()),
        ...data,
        looksAfter: [
          ...looksAfter.groups.map((name) => ({ kind: 'group' as const, name })),
          ...looksAfter.applicationIds.flatMap((id) => {
            const name = known.get(id)?.name;
            return name === undefined ? [] : [{ kind: 'application' as const, name }];
          }),
        ],
        sessions: browsers.map(({ device, startedAt, seenAt }) => ({ device, startedAt, seenAt })),
        applications: found,
      };
    },

    /** The archive as one file: for programs, for people, and a word about both. */
    zip(archive: Archive, frame: Frame): Uint8Array {
      const json = `${JSON.stringify(archive, null, 2)}\n`;
      return zipSync({
        'README.txt': strToU8(`${frame.t('archive.readme')}\n`),
        'data.json': strToU8(json),
        'data.html': strToU8(archivePage(frame, archive)),
      });
    },
  };
}
