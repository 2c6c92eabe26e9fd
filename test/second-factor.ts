import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { House } from './house.ts';
import { PEOPLE, type PersonName } from './people.ts';
import type { Visitor } from './visitor.ts';

/**
 * Makes a person's session in a browser one of two factors, as a step that proves the second does. `at`: when the first
 * was given, in milliseconds.
 */
export async function strengthen(house: House, visitor: Visitor, person: PersonName, at = Date.now()): Promise<void> {
  const account = await house.parts.accounts.findByLogin(PEOPLE[person].loginName);
  if (account === undefined) throw new Error(`no account of ${person}`);
  // Cookies do not tell ports apart: what is set here is sent to the house.
  const server = createServer((req, res) => {
    void house.parts.oidc.startSession(req, res, { accountId: account.id, at, level: 2 }).then(() => res.end());
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  await visitor.get(`http://localhost:${(server.address() as AddressInfo).port}/`);
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
