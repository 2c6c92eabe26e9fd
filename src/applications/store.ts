import { eq } from 'drizzle-orm';
import type { Db, Storage } from '../storage/storage.ts';

export type ApplicationRow = { id: string; status: string; settings: string };
export type ClientRow = { id: string; applicationId: string; settings: string };

/** The queries of this room. */
export function makeApplicationStore({ read, tables }: Storage) {
  const { application, client } = tables;
  return {
    async application(id: string): Promise<ApplicationRow | undefined> {
      const [row] = await read.select().from(application).where(eq(application.id, id));
      return row;
    },
    applications(): Promise<ApplicationRow[]> {
      return read.select().from(application);
    },
    async putApplication(tx: Db, row: ApplicationRow): Promise<void> {
      await tx.insert(application).values(row).onConflictDoUpdate({ target: application.id, set: row });
    },
    async client(id: string): Promise<ClientRow | undefined> {
      const [row] = await read.select().from(client).where(eq(client.id, id));
      return row;
    },
    clientsOf(applicationId: string): Promise<ClientRow[]> {
      return read.select().from(client).where(eq(client.applicationId, applicationId));
    },
    clients(): Promise<ClientRow[]> {
      return read.select().from(client);
    },
    async putClient(tx: Db, row: ClientRow): Promise<void> {
      await tx.insert(client).values(row).onConflictDoUpdate({ target: client.id, set: row });
    },
    async removeClient(tx: Db, id: string): Promise<void> {
      await tx.delete(client).where(eq(client.id, id));
    },
  };
}
