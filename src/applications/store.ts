import { eq, sql } from 'drizzle-orm';
import { isId } from '../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';

export type ApplicationRow = { id: string; status: string; settings: string };
export type ClientRow = { id: string; applicationId: string; settings: string };
export type ServiceProviderRow = { id: string; applicationId: string; entityId: string; settings: string };

export type ApplicationStore = ReturnType<typeof makeApplicationStore>;

/** The queries of this room. */
export function makeApplicationStore({ read, tables, engine }: Storage) {
  const { application, client, serviceProvider } = tables;
  const applicationById = perHandle((db) =>
    db
      .select()
      .from(application)
      .where(eq(application.id, sql.placeholder('id')))
      .prepare('application_by_id'),
  );
  // SQLite has one writer, and no words for locking a row.
  const sharedById = perHandle((db) => {
    const byId = db
      .select()
      .from(application)
      .where(eq(application.id, sql.placeholder('id')));
    return (engine === 'postgres' ? byId.for('share') : byId).prepare('application_shared');
  });
  const byId = {
    application: applicationById(read),
    client: read
      .select()
      .from(client)
      .where(eq(client.id, sql.placeholder('id')))
      .prepare('client_by_id'),
  };
  const ofApplication = read
    .select()
    .from(client)
    .where(eq(client.applicationId, sql.placeholder('id')))
    .prepare('clients_of_application');
  // Prepared when they are first asked for.
  const provider = {
    byId: perHandle((db) =>
      db
        .select()
        .from(serviceProvider)
        .where(eq(serviceProvider.id, sql.placeholder('id')))
        .prepare('service_provider_by_id'),
    ),
    byName: perHandle((db) =>
      db
        .select()
        .from(serviceProvider)
        .where(eq(serviceProvider.entityId, sql.placeholder('entityId')))
        .prepare('service_provider_by_name'),
    ),
    ofApplication: perHandle((db) =>
      db
        .select()
        .from(serviceProvider)
        .where(eq(serviceProvider.applicationId, sql.placeholder('id')))
        .prepare('service_providers_of_application'),
    ),
  };
  return {
    async application(id: string): Promise<ApplicationRow | undefined> {
      const [row] = isId(id) ? await byId.application.execute({ id }) : [];
      return row;
    },
    /** An application's row as it stands, which nobody changes until the transaction ends; any number may share it. */
    async shareApplication(tx: Db, id: string): Promise<ApplicationRow | undefined> {
      const [row] = await sharedById(tx).execute({ id: isId(id) ? id : '-' });
      return row;
    },
    /** Like `application`, and asks the database whatever the text is, so that all answers cost the same. */
    async applicationNamed(text: string): Promise<ApplicationRow | undefined> {
      const [row] = await byId.application.execute({ id: isId(text) ? text : '-' });
      return row;
    },
    /** An application's row, held until the transaction ends. */
    async holdApplication(tx: Db, id: string): Promise<ApplicationRow | undefined> {
      if (!isId(id)) return undefined;
      const [row] = await tx.update(application).set({ id }).where(eq(application.id, id)).returning();
      return row;
    },
    applications(): Promise<ApplicationRow[]> {
      return read.select().from(application);
    },
    async putApplication(tx: Db, row: ApplicationRow): Promise<void> {
      await tx.insert(application).values(row).onConflictDoUpdate({ target: application.id, set: row });
    },
    /** Returns false when there is one of this id already. */
    async addApplication(tx: Db, row: ApplicationRow): Promise<boolean> {
      const rows = await tx.insert(application).values(row).onConflictDoNothing().returning({ id: application.id });
      return rows.length === 1;
    },
    async client(id: string): Promise<ClientRow | undefined> {
      const [row] = isId(id) ? await byId.client.execute({ id }) : [];
      return row;
    },
    clientsOf(applicationId: string): Promise<ClientRow[]> {
      return ofApplication.execute({ id: applicationId });
    },
    clients(): Promise<ClientRow[]> {
      return read.select().from(client);
    },
    /** A client's row, held until the transaction ends: nobody else changes or removes it meanwhile. */
    async holdClient(tx: Db, id: string): Promise<ClientRow | undefined> {
      if (!isId(id)) return undefined;
      const [row] = await tx.update(client).set({ id }).where(eq(client.id, id)).returning();
      return row;
    },
    async putClient(tx: Db, row: ClientRow): Promise<void> {
      await tx.insert(client).values(row).onConflictDoUpdate({ target: client.id, set: row });
    },
    async removeClient(tx: Db, id: string): Promise<void> {
      await tx.delete(client).where(eq(client.id, id));
    },
    async serviceProvider(id: string): Promise<ServiceProviderRow | undefined> {
      const [row] = isId(id) ? await provider.byId(read).execute({ id }) : [];
      return row;
    },
    async serviceProviderNamed(entityId: string): Promise<ServiceProviderRow | undefined> {
      // PostgreSQL does not look for just any text.
      const [row] = /\p{Cc}/u.test(entityId) ? [] : await provider.byName(read).execute({ entityId });
      return row;
    },
    serviceProvidersOf(applicationId: string): Promise<ServiceProviderRow[]> {
      return provider.ofApplication(read).execute({ id: applicationId });
    },
    serviceProviders(): Promise<ServiceProviderRow[]> {
      return read.select().from(serviceProvider);
    },
    /** A service provider's row, held until the transaction ends. */
    async holdServiceProvider(tx: Db, id: string): Promise<ServiceProviderRow | undefined> {
      if (!isId(id)) return undefined;
      const [row] = await tx.update(serviceProvider).set({ id }).where(eq(serviceProvider.id, id)).returning();
      return row;
    },
    async putServiceProvider(tx: Db, row: ServiceProviderRow): Promise<void> {
      await tx.insert(serviceProvider).values(row).onConflictDoUpdate({ target: serviceProvider.id, set: row });
    },
    async removeServiceProvider(tx: Db, id: string): Promise<void> {
      await tx.delete(serviceProvider).where(eq(serviceProvider.id, id));
    },
  };
}
