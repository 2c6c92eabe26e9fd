import { eq, sql } from 'drizzle-orm';
import { isId } from '../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';

export type ApplicationRow = { id: string; status: string; settings: string };
export type ClientRow = { id: string; applicationId: string; settings: string };

/** The queries of this room. */
export function makeApplicationStore({ read, tables }: Storage) {
  const { application, client } = tables;
  const applicationById = perHandle((db) =>
    db
      .select()
      .from(application)
      .where(eq(application.id, sql.placeholder('id')))
      .prepare('application_by_id'),
  );
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
  return {
    async application(id: string): Promise<ApplicationRow | undefined> {
      const [row] = isId(id) ? await byId.application.execute({ id }) : [];
      return row;
    },
    /** Like `application`, as a transaction sees it. */
    async applicationIn(tx: Db, id: string): Promise<ApplicationRow | undefined> {
      const [row] = await applicationById(tx).execute({ id });
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
  };
}
