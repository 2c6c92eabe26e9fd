import { UserError } from '../errors.ts';
import { randomId } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { checkedOnce } from './checked-once.ts';
import { checkClient, clientSettings, type ClientSettings } from './client-settings.ts';
import {
  makeServiceProviders,
  newServiceProvider,
  refusingTaken,
  rowOfServiceProvider,
  type ServiceProvider,
} from './service-providers.ts';
import { hashSecret, newSecret } from './secret.ts';
import { makeSenders } from './senders.ts';
import { applicationSettings, checkApplication, type ApplicationSettings } from './settings.ts';
import { makeApplicationStore, type ApplicationRow, type ClientRow } from './store.ts';

export { checkApplications } from './check.ts';
export { CLIENT_DEFAULTS, isNative, isReturnAddress } from './client-settings.ts';
export {
  ENCRYPTION_ALGORITHMS,
  isEntityId,
  NAME_ID_FORMATS,
  NAME_ID_URIS,
  nameIdFormatOf,
  SERVICE_PROVIDER_DEFAULTS,
  type ServiceProviderSettings,
} from './service-provider-settings.ts';
export type { ServiceProvider } from './service-providers.ts';
export { hashSecret, isSecret } from './secret.ts';
export {
  checkSenderDomain,
  domainOf,
  isAligned,
  isDomainName,
  isRegisteredSender,
  registrableDomain,
} from './sender-domains.ts';
export { submissionPlace } from './senders.ts';
export { isSenderAddress } from './sender-networks.ts';
export { markOf, readRules, rulesOf, withRules, type Rules } from './rules.ts';
export { APPLICATION_DEFAULTS, SUBMISSION_MAX, type ApplicationSettings } from './settings.ts';
export { endingsOf, isKnownByName } from './templates/endings.ts';
export { samlPlaceOf } from './templates/saml.ts';
export { placeOf, type Block, type Question, type SamlPlace, type Template } from './templates/template.ts';
export {
  findTemplate,
  fromTemplate,
  instructionsOf,
  PEOPLE_AT_FIRST,
  presetOf,
  subjectOfTemplate,
  TEMPLATES,
  type Given,
  type Subject,
} from './templates/templates.ts';
export { checkName, RULE_PRESETS, type UsernameRule } from './username-rule.ts';

/** A service people sign in to. */
export type Application = ApplicationSettings & { readonly id: string };

/** One OpenID Connect client of an application. */
export type Client = ClientSettings & { readonly id: string; readonly applicationId: string };

export type Applications = ReturnType<typeof makeApplications>;

/** Settings of an application that is new: nobody has a credential of it yet. */
function newSettings(input: unknown): ApplicationSettings {
  return { ...checkApplication(input), submission: [] };
}

function needsSecret({ authMethod }: ClientSettings): boolean {
  return authMethod === 'client_secret_basic' || authMethod === 'client_secret_post';
}

/** The applications of this instance and their clients. Applications are closed one day, never deleted (P2). */
export function makeApplications({ storage, now = Date.now }: { storage: Storage; now?: () => number }) {
  const store = makeApplicationStore(storage);
  const applicationOf = checkedOnce((row: ApplicationRow): Application => ({
    id: row.id,
    ...applicationSettings.parse(JSON.parse(row.settings)),
  }));
  const clientOf = checkedOnce((row: ClientRow): Client => ({
    id: row.id,
    applicationId: row.applicationId,
    ...clientSettings.parse(JSON.parse(row.settings)),
  }));

  /** @throws {UserError} application_unknown */
  async function get(id: string): Promise<Application> {
    const row = await store.application(id);
    if (row === undefined) throw new UserError('application_unknown');
    return applicationOf(row);
  }

  /** @throws {UserError} client_unknown */
  async function getClient(id: string): Promise<Client> {
    const row = await store.client(id);
    if (row === undefined) throw new UserError('client_unknown');
    return clientOf(row);
  }

  const rowOf = ({ id, applicationId, ...settings }: Client): ClientRow => ({
    id,
    applicationId,
    settings: JSON.stringify(settings),
  });

  /** A client with an id and, where it needs one, a secret; not stored yet. */
  function newClient(applicationId: string, input: unknown): { client: Client; secret?: string } {
    const { secretHash: _, ...settings } = checkClient(input);
    const id = randomId();
    if (!needsSecret(settings)) return { client: { id, applicationId, ...settings } };
    const secret = newSecret();
    return { client: { id, applicationId, ...settings, secretHash: hashSecret(secret) }, secret };
  }

  /**
   * Replaces a client by what `change` makes of it as it stands at that moment: two who change it, or one who removes
   * it, never undo each other's work.
   * @throws {UserError} client_unknown
   */
  function replaceClient(id: string, change: (before: Client) => Client): Promise<Client> {
    return storage.write(async (tx) => {
      const row = await store.holdClient(tx, id);
      if (row === undefined) throw new UserError('client_unknown');
      const client = change(clientOf(row));
      await store.putClient(tx, rowOf(client));
      return client;
    });
  }

  return {
    get,
    getClient,
    /** SAML service providers: see `service-providers.ts`. */
    ...makeServiceProviders(storage, store),
    /** How its mail is known: see `senders.ts`. */
    ...makeSenders({ storage, store, settingsOf: applicationOf, now }),

    async find(id: string): Promise<Application | undefined> {
      const row = await store.application(id);
      return row === undefined ? undefined : applicationOf(row);
    },

    async findClient(id: string): Promise<Client | undefined> {
      const row = await store.client(id);
      return row === undefined ? undefined : clientOf(row);
    },

    /** All applications, by name. */
    async list(): Promise<Application[]> {
      const rows = await store.applications();
      return rows.map(applicationOf).toSorted((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
    },

    async clientsOf(applicationId: string): Promise<Client[]> {
      const rows = await store.clientsOf(applicationId);
      return rows.map(clientOf).toSorted((a, b) => a.label.localeCompare(b.label) || a.id.localeCompare(b.id));
    },

    /** The ids of an application's clients and service providers: what a session may hold something for. */
    async participantsOf(applicationId: string): Promise<ReadonlySet<string>> {
      const rows = await Promise.all([store.clientsOf(applicationId), store.serviceProvidersOf(applicationId)]);
      return new Set(rows.flat().map(({ id }) => id));
    },

    /**
     * The one client that asked to be recognised by a registered logout address, if it is one
     * (some send `post_logout_redirect_uri` and nothing else).
     */
    async clientByLogoutAddress(uri: string): Promise<Client | undefined> {
      const rows = await store.clients();
      const matches = rows
        .map(clientOf)
        .filter((client) => client.logoutByAddress && client.postLogoutRedirectUris.includes(uri));
      return matches.length === 1 ? matches[0] : undefined;
    },

    /** @throws {SettingsProblem} */
    async add(input: unknown): Promise<Application> {
      const settings = newSettings(input);
      const id = randomId();
      await storage.write((tx) => store.putApplication(tx, { id, status: 'open', settings: JSON.stringify(settings) }));
      return { id, ...settings };
    },

    /**
     * Replaces the settings of an application, but for its submission credentials, which are made and removed one by
     * one. They hold from the next request on.
     * @throws {SettingsProblem} or {UserError} application_unknown
     */
    async change(id: string, input: unknown): Promise<Application> {
      const changed = checkApplication(input);
      return await storage.write(async (tx) => {
        const row = await store.holdApplication(tx, id);
        if (row === undefined) throw new UserError('application_unknown');
        const settings = { ...changed, submission: applicationOf(row).submission };
        await store.putApplication(tx, { id, status: 'open', settings: JSON.stringify(settings) });
        return { id, ...settings };
      });
    },

    /**
     * Changes some of an application's settings as they stand at that moment, in a transaction of the caller's.
     * @throws {SettingsProblem} or {UserError} application_unknown
     */
    async amend(
      tx: Db,
      id: string,
      change: (before: ApplicationSettings) => Partial<Omit<ApplicationSettings, 'submission'>>,
    ): Promise<Application> {
      const row = await store.holdApplication(tx, id);
      if (row === undefined) throw new UserError('application_unknown');
      const { id: _, ...before } = applicationOf(row);
      const settings = { ...checkApplication({ ...before, ...change(before) }), submission: before.submission };
      await store.putApplication(tx, { ...row, settings: JSON.stringify(settings) });
      return { id, ...settings };
    },

    /**
     * Registers a client. The secret is shown this once.
     * @throws {SettingsProblem} or {UserError} application_unknown
     */
    async addClient(applicationId: string, input: unknown): Promise<{ client: Client; secret?: string }> {
      const made = newClient(applicationId, input);
      await get(applicationId);
      await storage.write((tx) => store.putClient(tx, rowOf(made.client)));
      return made;
    },

    /**
     * Makes an application and its client, both or neither. `id`: drawn when the form was shown, so that a form sent
     * twice makes one application. The secret is shown this once.
     * @throws {SettingsProblem} or {UserError} application_exists
     */
    async addWithClient(
      input: { application: unknown; client: unknown },
      id = randomId(),
    ): Promise<{ application: Application; client: Client; secret?: string }> {
      const settings = newSettings(input.application);
      const made = newClient(id, input.client);
      await storage.write(async (tx) => {
        const isNew = await store.addApplication(tx, { id, status: 'open', settings: JSON.stringify(settings) });
        if (!isNew) throw new UserError('application_exists');
        await store.putClient(tx, rowOf(made.client));
      });
      return { application: { id, ...settings }, ...made };
    },

    /**
     * Makes an application and its service provider, both or neither; `id` as in `addWithClient`.
     * @throws {SettingsProblem} or {UserError} application_exists, entity_id_taken
     */
    async addWithServiceProvider(
      input: { application: unknown; serviceProvider: unknown },
      id = randomId(),
    ): Promise<{ application: Application; serviceProvider: ServiceProvider }> {
      const settings = newSettings(input.application);
      const serviceProvider = newServiceProvider(id, input.serviceProvider);
      await refusingTaken(() =>
        storage.write(async (tx) => {
          const isNew = await store.addApplication(tx, { id, status: 'open', settings: JSON.stringify(settings) });
          if (!isNew) throw new UserError('application_exists');
          await store.putServiceProvider(tx, rowOfServiceProvider(serviceProvider));
        }),
      );
      return { application: { id, ...settings }, serviceProvider };
    },

    /**
     * Replaces a client's settings; its secret stays, or is made where the new method needs the first one.
     * @throws {SettingsProblem} or {UserError} client_unknown
     */
    async changeClient(id: string, input: unknown): Promise<{ client: Client; secret?: string }> {
      const { secretHash: _, ...settings } = checkClient(input);
      const fresh = newSecret();
      const freshHash = hashSecret(fresh);
      const client = await replaceClient(id, (before) => ({
        id,
        applicationId: before.applicationId,
        ...settings,
        ...(needsSecret(settings) ? { secretHash: before.secretHash ?? freshHash } : {}),
      }));
      return { client, ...(client.secretHash === freshHash ? { secret: fresh } : {}) };
    },

    /**
     * Gives a client a new secret; the old one stops working at once.
     * @throws {UserError} client_unknown
     */
    async renewSecret(id: string): Promise<{ client: Client; secret: string }> {
      const secret = newSecret();
      const secretHash = hashSecret(secret);
      return { client: await replaceClient(id, (before) => ({ ...before, secretHash })), secret };
    },

    /** Removes a client; what it still holds is refused from then on. */
    async removeClient(id: string): Promise<void> {
      await storage.write((tx) => store.removeClient(tx, id));
    },

    /** Whether new profiles may be made at the application: not while the names it already has are awaited. */
    takesNewProfiles({ people }: Pick<Application, 'people'>): boolean {
      return people !== 'awaited';
    },

    /**
     * The rules in force, for a transaction that makes a profile: they stay as they are until it ends. So once a change
     * of them has returned, nothing is made under the ones before.
     * @throws {UserError} application_unknown
     */
    async inForce(tx: Db, id: string): Promise<Application> {
      const row = await store.shareApplication(tx, id);
      if (row === undefined) throw new UserError('application_unknown');
      return applicationOf(row);
    },

    /** Whether an account in these groups may enter. */
    mayEnter(application: Application, groups: readonly string[]): boolean {
      const { entry } = application;
      if (entry.kind === 'groups') return entry.groups.some((group) => groups.includes(group));
      return entry.kind === 'everyone';
    },
  };
}
