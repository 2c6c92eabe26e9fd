import { Router, type Request } from 'express';
import { CLIENT_DEFAULTS, type Application, type Applications, type Client } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import { clientPage } from '../../../views/admin/client.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, lines, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = { applications: Applications; issuer: string; visits: Visits };

/** Which field of the form each setting stands in, where the names differ. */
const FIELDS = { idTokenAlgorithm: 'idTokenAlg', doubleCredentials: 'tolerateDoubleCredentials', json: 'jwks' };

const TEXT_FIELDS = [
  'label',
  'redirectUris',
  'postLogoutRedirectUris',
  'backchannelLogoutUri',
  'authMethod',
  'jwksUri',
  'jwks',
  'tolerateDoubleCredentials',
  'logoutByAddress',
  'pkce',
  'idTokenAlg',
  'refreshTokens',
] as const;

function valuesOf(client: Omit<Client, 'id' | 'applicationId'>): Record<string, string> {
  const tick = (on: boolean): string => (on ? 'on' : '');
  return {
    label: client.label,
    redirectUris: client.redirectUris.join('\n'),
    postLogoutRedirectUris: client.postLogoutRedirectUris.join('\n'),
    backchannelLogoutUri: client.backchannelLogoutUri ?? '',
    authMethod: client.authMethod,
    jwksUri: client.jwksUri ?? '',
    jwks: client.jwks === undefined ? '' : JSON.stringify(client.jwks, undefined, 2),
    tolerateDoubleCredentials: tick(client.doubleCredentials),
    logoutByAddress: tick(client.logoutByAddress),
    pkce: client.pkce,
    idTokenAlg: client.idTokenAlgorithm,
    refreshTokens: tick(client.refreshTokens),
  };
}

function parseKeys(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The settings as typed; what is wrong with them is for `checkClient` to say. */
function readSettings(req: Request): unknown {
  const jwks = field(req, 'jwks').trim();
  const optional = (name: string): Record<string, string> => {
    const value = field(req, name).trim();
    return value === '' ? {} : { [name]: value };
  };
  return {
    label: field(req, 'label'),
    redirectUris: lines(req, 'redirectUris'),
    postLogoutRedirectUris: lines(req, 'postLogoutRedirectUris'),
    ...optional('backchannelLogoutUri'),
    authMethod: field(req, 'authMethod'),
    ...(field(req, 'authMethod') === 'private_key_jwt'
      ? { ...optional('jwksUri'), ...(jwks === '' ? {} : { jwks: parseKeys(jwks) }) }
      : {}),
    pkce: field(req, 'pkce'),
    idTokenAlgorithm: field(req, 'idTokenAlg'),
    refreshTokens: field(req, 'refreshTokens') === 'on',
    doubleCredentials: field(req, 'tolerateDoubleCredentials') === 'on',
    logoutByAddress: field(req, 'logoutByAddress') === 'on',
  };
}

/** Administrators' pages of an application's clients. */
export function clientRoutes({ applications, issuer, visits }: Needs): Router {
  const router = Router();

  function render(
    person: Person,
    application: Application,
    form: Form,
    client: Client | undefined,
    more: { secret?: string | undefined; said?: string | undefined } = {},
  ): string {
    const path =
      client === undefined ? `/admin/applications/${application.id}/clients/new` : `/admin/clients/${client.id}`;
    const endpoint = (label: string, value: string) => ({ label, value: `${issuer}${value}` });
    return clientPage(person.frame, {
      mode: client === undefined ? 'create' : 'edit',
      action: path,
      csrf: person.csrf,
      form,
      application: { name: application.name, url: `/admin/applications/${application.id}` },
      connection:
        client === undefined
          ? undefined
          : {
              clientId: client.id,
              issuer,
              endpoints: [
                endpoint('Discovery', '/.well-known/openid-configuration'),
                endpoint('Authorization', '/oidc/authorize'),
                endpoint('Token', '/oidc/token'),
                endpoint('Userinfo', '/oidc/userinfo'),
                endpoint('JWKS', '/oidc/jwks'),
                endpoint('End session', '/oidc/logout'),
              ],
            },
      secret: more.secret,
      newSecretAction: client?.secretHash === undefined ? undefined : `${path}/secret`,
      notice: more.said,
    });
  }

  async function application(id: string): Promise<Application> {
    const found = await applications.find(id);
    if (found === undefined) throw new UserError('not_found');
    return found;
  }

  router.get(
    '/admin/applications/:id/clients/new',
    visits.forAdministrator(async (person, req, res) => {
      const values = valuesOf({ ...CLIENT_DEFAULTS, label: '', redirectUris: [] });
      res.send(render(person, await application(param(req, 'id')), blank(values), undefined));
    }),
  );

  router.post(
    '/admin/applications/:id/clients/new',
    visits.forAdministrator(async (person, req, res) => {
      const owner = await application(param(req, 'id'));
      try {
        const { client, secret } = await applications.addClient(owner.id, readSettings(req));
        // Shown on this answer and never again: no redirection, so that no address leads back to the secret.
        res.send(
          render(person, owner, blank(valuesOf(client)), client, {
            secret,
            said: person.frame.t('admin.client.notice_created'),
          }),
        );
      } catch (error) {
        const values = Object.fromEntries(TEXT_FIELDS.map((name) => [name, field(req, name)]));
        res.status(422).send(render(person, owner, withError(person.frame.t, values, error, FIELDS), undefined));
      }
    }),
  );

  router.get(
    '/admin/clients/:id',
    visits.forAdministrator(async (person, req, res) => {
      const client = await applications.getClient(param(req, 'id'));
      const owner = await application(client.applicationId);
      res.send(render(person, owner, blank(valuesOf(client)), client, { said: notice(req, person.frame.t) }));
    }),
  );

  router.post(
    '/admin/clients/:id',
    visits.forAdministrator(async (person, req, res) => {
      const before = await applications.getClient(param(req, 'id'));
      const owner = await application(before.applicationId);
      try {
        const { client, secret } = await applications.changeClient(before.id, readSettings(req));
        const said = person.frame.t('notice.saved');
        res.send(render(person, owner, blank(valuesOf(client)), client, { secret, said }));
      } catch (error) {
        const values = Object.fromEntries(TEXT_FIELDS.map((name) => [name, field(req, name)]));
        res.status(422).send(render(person, owner, withError(person.frame.t, values, error, FIELDS), before));
      }
    }),
  );

  router.post(
    '/admin/clients/:id/secret',
    visits.forAdministrator(async (person, req, res) => {
      const { client, secret } = await applications.renewSecret(param(req, 'id'));
      const owner = await application(client.applicationId);
      const said = person.frame.t('admin.client.notice_secret');
      res.send(render(person, owner, blank(valuesOf(client)), client, { secret, said }));
    }),
  );

  return router;
}
