import { afterAll, beforeAll, expect, test } from 'vitest';
import { aluco as runBeside } from '../aluco.ts';
import { askFor, openDoor, useLink, WHY, type OpenDoor } from '../open-door.ts';
import { addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';

let door: OpenDoor;
beforeAll(async () => {
  door = await openDoor('approval');
  await addPerson(door.house.parts, 'odile');
  for (const name of ['camille', 'robot']) await ask(name);
});
afterAll(() => door.close());

const aluco = (...args: string[]) => runBeside(door.house.environment, args);
const mailboxOf = (name: string): string => `${name}@home.example`;

/** Somebody asks for an account, by mail and page. */
async function ask(name: string): Promise<void> {
  const visitor = makeVisitor();
  await askFor(visitor, await visitor.get(`${door.house.url}/account`), mailboxOf(name));
  await useLink(visitor, `${door.house.url}${await door.linkTo(mailboxOf(name))}`, name, { reason: WHY });
}

test('who waits is listed with the reason, and let in or refused by command, once', async () => {
  const { accounts } = door.house.parts;
  const { status, said } = await aluco('requests', 'list');
  expect(status).toBe(0);
  expect(said.filter((line) => !line.startsWith(' ')).map((line) => line.split(' ', 1)[0])).toEqual(
    expect.arrayContaining(['camille', 'robot']),
  );
  expect(said.filter((line) => line === `  ${WHY}`)).toHaveLength(2);

  await aluco('group', 'add', 'beekeepers');
  expect((await aluco('requests', 'approve', 'camille', '--group', 'beekeepers')).status).toBe(0);
  const camille = await accounts.findByLogin('camille');
  expect(camille?.status).toBe('active');
  expect((await accounts.groupsOf(camille?.id ?? '')).map(({ name }) => name)).toEqual(['beekeepers']);
  expect((await door.letterTo(mailboxOf('camille'), 'camille')).text).toContain('camille');

  expect((await aluco('requests', 'refuse', 'robot', '--reason', 'No robots here.')).status).toBe(0);
  expect(await accounts.findByLogin('robot')).toBeUndefined();
  expect((await door.letterTo(mailboxOf('robot'), 'No robots here.')).text).toContain('No robots here.');

  expect((await aluco('requests', 'list')).said).toEqual([]);
  expect((await aluco('requests', 'approve', 'camille')).status).toBe(1);
  expect((await aluco('requests', 'refuse', 'robot')).status).toBe(1);
});
