import { UserError } from '../errors.ts';
import { randomId } from '../storage/seal.ts';
import { isTaken, type Storage } from '../storage/storage.ts';
import { checkedOnce } from './checked-once.ts';
import {
  checkServiceProvider,
  serviceProviderSettings,
  type ServiceProviderSettings,
} from './service-provider-settings.ts';
import type { ApplicationStore, ServiceProviderRow } from './store.ts';

/** One SAML service provider of an application. */
export type ServiceProvider = ServiceProviderSettings & { readonly id: string; readonly applicationId: string };

export function newServiceProvider(applicationId: string, input: unknown): ServiceProvider {
  return { id: randomId(), applicationId, ...checkServiceProvider(input) };
}

export const rowOfServiceProvider = ({
  id,
  applicationId,
  entityId,
  ...settings
}: ServiceProvider): ServiceProviderRow => ({
  id,
  applicationId,
  entityId,
  settings: JSON.stringify({ ...settings, entityId }),
});

/** Names what is wrong where two would have one name: messages say nothing but that name of who sends them. */
export async function refusingTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isTaken(error)) throw new UserError('entity_id_taken');
    throw error;
  }
}

/** The service providers of all applications; no two share an entity ID. */
export function makeServiceProviders(storage: Storage, store: ApplicationStore) {
  const providerOf = checkedOnce((row: ServiceProviderRow): ServiceProvider => ({
    id: row.id,
    applicationId: row.applicationId,
    ...serviceProviderSettings.parse(JSON.parse(row.settings)),
  }));
  const maybe = (row: ServiceProviderRow | undefined): ServiceProvider | undefined =>
    row === undefined ? undefined : providerOf(row);

  return {
    async findServiceProvider(id: string): Promise<ServiceProvider | undefined> {
      return maybe(await store.serviceProvider(id));
    },

    /** @throws {UserError} client_unknown */
    async getServiceProvider(id: string): Promise<ServiceProvider> {
      const found = maybe(await store.serviceProvider(id));
      if (found === undefined) throw new UserError('client_unknown');
      return found;
    },

    /** The service provider that calls itself so in its messages. */
    async serviceProviderNamed(entityId: string): Promise<ServiceProvider | undefined> {
      return maybe(await store.serviceProviderNamed(entityId));
    },

    async serviceProvidersOf(applicationId: string): Promise<ServiceProvider[]> {
      const rows = await store.serviceProvidersOf(applicationId);
      return rows.map(providerOf).toSorted((a, b) => a.label.localeCompare(b.label) || a.id.localeCompare(b.id));
    },

    /** Every service provider, for what is done to all of them. */
    async serviceProviders(): Promise<ServiceProvider[]> {
      return (await store.serviceProviders()).map(providerOf);
    },

    /**
     * Registers a service provider.
     * @throws {SettingsProblem} or {UserError} application_unknown, entity_id_taken
     */
    async addServiceProvider(applicationId: string, input: unknown): Promise<ServiceProvider> {
      const provider = newServiceProvider(applicationId, input);
      if ((await store.application(applicationId)) === undefined) throw new UserError('application_unknown');
      await refusingTaken(() => storage.write((tx) => store.putServiceProvider(tx, rowOfServiceProvider(provider))));
      return provider;
    },

    /**
     * Replaces a service provider's settings by what `change` makes of them as they stand at that moment, so that two
     * who change it never undo each other's work. `change` must be quick and do nothing else.
     * @throws {SettingsProblem} or {UserError} client_unknown, entity_id_taken
     */
    async changeServiceProvider(id: string, change: (before: ServiceProvider) => unknown): Promise<ServiceProvider> {
      return refusingTaken(() =>
        storage.write(async (tx) => {
          const row = await store.holdServiceProvider(tx, id);
          if (row === undefined) throw new UserError('client_unknown');
          const before = providerOf(row);
          const after = { id, applicationId: before.applicationId, ...checkServiceProvider(change(before)) };
          await store.putServiceProvider(tx, rowOfServiceProvider(after));
          return after;
        }),
      );
    },

    /** Removes a service provider; what it asks for is refused from then on. */
    async removeServiceProvider(id: string): Promise<void> {
      await storage.write((tx) => store.removeServiceProvider(tx, id));
    },
  };
}
