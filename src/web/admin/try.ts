import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Application, Applications, Client, ServiceProvider } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { Journeys, RecentSignIns } from '../../journey/journey.ts';
import { claimScopes, lifetimes, type Oidc } from '../../oidc/oidc.ts';
import { subjectOf, type OwnProfile, type Profiles } from '../../profiles/profiles.ts';
import type { Saml } from '../../saml/saml.ts';
import { tryPage, type Claim, type Problem, type TriedClient } from '../../../views/admin/try.tsx';
import type { TriedProvider } from '../../../views/admin/triedProvider.tsx';
import { messageFor, type TextKey, type Translate } from '../../../views/text.ts';
import { param } from '../form.ts';
import type { Visits } from '../visit.ts';
import { shownAnswer } from './examine.ts';
import { signInWords } from './sign-in-words.ts';

type Needs = {
  config: Pick<Config, 'ALUCO_URL' | 'ALUCO_ALIAS_DOMAIN'>;
  accounts: Pick<Accounts, 'groups'>;
  applications: Applications;
  journeys: Pick<Journeys, 'refusals'>;
  now: () => number;
  oidc: Pick<Oidc, 'preview'>;
  profiles: Pick<Profiles, 'at'>;
  recent: Pick<RecentSignIns, 'read'>;
  saml: Pick<Saml, 'preview'>;
  visits: Visits;
};

/** Claims that come only where they are asked for by name. */
const BY_NAME = { id_token: { acr: null, amr: null, auth_time: null } };

const STATUS_PROBLEMS: Readonly<Record<string, TextKey>> = {
  blocked: 'admin.try.problem_blocked',
  retired: 'admin.try.problem_retired',
  requested: 'admin.try.problem_requested',
};

/** What an administrator sees of an application before people do, with a profile of their own. */
export function tryRoutes(needs: Needs): Router {
  const { config, accounts, applications, journeys, now, oidc, profiles, recent, saml, visits } = needs;
  const router = Router();
  const inWords = signInWords({ now, tokenUrl: `${config.ALUCO_URL}/oidc/token` });

  /** What a client would be sent, each claim once, with the scope that opens it. */
  async function claimsOf(t: Translate, accountId: string, profile: OwnProfile, client: Client): Promise<Claim[]> {
    const found = new Map<string, Claim>();
    const note = (values: Record<string, unknown>, where: 'idToken' | 'userinfo', by: string): void => {
      for (const [name, value] of Object.entries(values)) {
        const before = found.get(name);
        const text =
          value === null ? t('admin.try.each_time') : typeof value === 'string' ? value : JSON.stringify(value);
        found.set(name, { name, value: text, by, idToken: false, userinfo: false, ...before, [where]: true });
      }
    };
    const always = await oidc.preview(accountId, profile, client, { scope: '' });
    note(always?.idToken ?? {}, 'idToken', t('admin.try.always'));
    for (const scope of claimScopes()) {
      const sent = await oidc.preview(accountId, profile, client, { scope });
      note(sent?.idToken ?? {}, 'idToken', scope);
      note(sent?.userinfo ?? {}, 'userinfo', scope);
    }
    const named = await oidc.preview(accountId, profile, client, { scope: '', claims: BY_NAME });
    note(named?.idToken ?? {}, 'idToken', t('admin.try.by_name'));
    return [...found.values()];
  }

  async function clientOf(
    t: Translate,
    accountId: string,
    profile: OwnProfile | undefined,
    client: Client,
  ): Promise<TriedClient> {
    const life = lifetimes();
    const minutes = (seconds: number): string => t('admin.try.minutes', { minutes: seconds / 60 });
    const facts = [
      { label: t('admin.client.method'), value: client.authMethod },
      { label: 'PKCE', value: t(`admin.client.pkce_${client.pkce}`) },
      { label: t('admin.client.algorithm'), value: client.idTokenAlgorithm },
      { label: t('admin.try.life_code'), value: minutes(life.code) },
      { label: t('admin.try.life_id_token'), value: minutes(life.idToken) },
      { label: t('admin.try.life_access_token'), value: minutes(life.accessToken) },
      {
        label: t('admin.client.refresh'),
        value: client.refreshTokens
          ? t('admin.try.days', { days: life.refreshToken / 86_400 })
          : t('admin.try.no_refresh'),
      },
    ];
    return {
      id: client.id,
      label: client.label,
      url: `/admin/clients/${client.id}`,
      facts,
      claims: profile === undefined ? [] : await claimsOf(t, accountId, profile, client),
    };
  }

  async function providerOf(
    accountId: string,
    application: Application,
    profile: OwnProfile | undefined,
    provider: ServiceProvider,
  ): Promise<TriedProvider> {
    const preview = profile && (await saml.preview(accountId, application, profile, provider));
    return {
      id: provider.id,
      label: provider.label,
      url: `/admin/service-providers/${provider.id}`,
      answer: preview && shownAnswer(preview),
    };
  }

  async function problemsOf(
    t: Translate,
    accountId: string,
    application: Application,
    held: { profile: OwnProfile | undefined; limit: number },
    askers: readonly (Client | ServiceProvider)[],
  ): Promise<Problem[]> {
    const path = `/admin/applications/${application.id}`;
    const toApplication = { url: path, label: t('admin.try.to_application') };
    const refused = await journeys.refusals(accountId, application);
    const groups = application.entry.kind === 'groups' ? application.entry.groups : [];
    const names = (await accounts.groups.list()).filter(({ id }) => groups.includes(id)).map(({ name }) => name);
    const entry =
      names.length > 0
        ? {
            text: t('admin.try.problem_groups', { groups: names.join(', ') }),
            link: { url: '/admin/groups', label: t('admin.groups.title') },
          }
        : { text: t('admin.try.problem_nobody'), link: toApplication };
    const known: Readonly<Record<string, Problem>> = {
      account_suspended: { text: t('admin.try.problem_suspended') },
      entry_refused: entry,
      names_awaited: { text: t('admin.try.problem_names'), link: toApplication },
      quota_full: { text: t('admin.try.problem_quota', { limit: held.limit }), link: toApplication },
    };
    const status = held.profile === undefined ? undefined : STATUS_PROBLEMS[held.profile.status];
    const profileUrl = `/profiles/${held.profile?.id ?? ''}`;
    return [
      ...(askers.length === 0
        ? [
            {
              text: t('admin.try.problem_client'),
              link: { url: `${path}/clients/new`, label: t('admin.application.client_add') },
            },
          ]
        : []),
      ...refused.map((code) => known[code] ?? { text: messageFor(t, code), link: toApplication }),
      ...(status === undefined
        ? []
        : [{ text: t(status), link: { url: profileUrl, label: held.profile?.name ?? '' } }]),
      ...(application.email === 'alias' && config.ALUCO_ALIAS_DOMAIN.endsWith('.localhost')
        ? [{ text: t('admin.try.problem_domain', { domain: config.ALUCO_ALIAS_DOMAIN }) }]
        : []),
    ];
  }

  router.get(
    '/admin/applications/:id/try',
    visits.forAdministrator(async (person, req, res) => {
      const application = await applications.find(param(req, 'id'));
      if (application === undefined) throw new UserError('not_found');
      const { t } = person.frame;
      const { id } = person.account;
      const clients = await applications.clientsOf(application.id);
      const providers = await applications.serviceProvidersOf(application.id);
      // Their own profiles and nobody else's: another id is as good as none.
      const held = await profiles.at(id, application);
      const profile = held.profiles.find((own) => own.id === req.query['profile']) ?? held.profiles[0];
      const path = `/admin/applications/${application.id}`;
      const problems = await problemsOf(t, id, application, { profile, limit: held.limit }, [...clients, ...providers]);
      const mayMake = held.entrance.kind !== 'refused';
      const signIns = await recent.read(application.id);
      res.send(
        tryPage(person.frame, {
          application: {
            name: application.name,
            iconUrl: application.iconUrl,
            url: path,
            homeUrl: application.homeUrl,
          },
          asksFactor: application.secondFactor,
          problems,
          profile: profile && { name: profile.name, subject: subjectOf(application, profile) },
          profiles: held.profiles.map((own) => ({
            name: own.name,
            url: `${path}/try?profile=${own.id}`,
            current: own === profile,
          })),
          createUrl: mayMake ? `/applications/${application.id}/new` : undefined,
          clients: await Promise.all(clients.map((client) => clientOf(t, id, profile, client))),
          providers: await Promise.all(providers.map((provider) => providerOf(id, application, profile, provider))),
          csrf: person.csrf,
          recent: signIns.map((entry) => inWords(t, entry, { clients, providers })),
        }),
      );
    }),
  );

  return router;
}
