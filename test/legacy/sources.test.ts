import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { openTable } from '../../src/legacy/reading/table.ts';
import { RowProblem, type LegacyRow } from '../../src/legacy/row.ts';
import { sourceOf } from '../../src/legacy/sources/sources.ts';
import type { LinkOptions, Source } from '../../src/legacy/sources/source.ts';
import { openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { openWiki, signInAt, type Wiki } from '../service-provider.ts';
import { makeVisitor } from '../visitor.ts';
import { contentsOf, exported, isHere, openSide, runAt } from './application-side.ts';
import type { OtherSide } from './other-side.ts';
import { OLD_PASSWORD, TOWNS, type Told, type Town } from './towns.ts';

const NETWORK = '192.0.2.1';

/** The first town of each application: few enough that wrong passwords, which are counted, stay within what is allowed. */
const isFirst = (town: Town): boolean => TOWNS.find(({ source }) => source === town.source) === town;

async function readBy({ columns, read }: Source, text: string): Promise<LegacyRow[]> {
  const rows: LegacyRow[] = [];
  const table = await openTable(Readable.from([Buffer.from(text)]), columns);
  for await (const entries of table.entries) {
    for (const { cells } of entries) {
      if (cells instanceof RowProblem) throw cells;
      rows.push(read(cells));
    }
  }
  return rows;
}

const saidOf = ({ name, key, address, hash, confirmed, blocked, secondFactor }: LegacyRow) => [
  name,
  key,
  address,
  ...(hash === undefined ? [] : ['password']),
  ...(confirmed ? ['confirmed'] : []),
  ...(blocked ? ['blocked'] : []),
  ...(secondFactor ? ['second factor'] : []),
];

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const line of lines) text += `${line}\n`;
  return text;
}

const titleOf = ({ source, engine, protocol, answers }: Town): string => {
  const match = source.id === 'peertube' ? `, by ${answers?.({ clientId: '' })['match'] ?? ''}` : '';
  return `${source.name} on ${engine} by ${protocol}${match}`;
};

let house: House;
let alix: Account;

beforeAll(async () => {
  house = await openHouse();
  alix = await addPerson(house.parts, 'alix');
});
afterAll(() => house?.close());

/** The application as it is known here, and how alix signs in there with her old name. */
type Entry = {
  readonly application: Application;
  readonly clientId: string;
  readonly come: (name: string) => Promise<Told>;
  readonly close: () => Promise<void>;
};

const enterBy = {
  async oidc(name: string): Promise<Entry> {
    const service: Service = await openService(house, name);
    const clientId = service.client.id;
    return {
      application: service.application,
      clientId,
      async come(profile) {
        const { userinfo } = await signIn(makeVisitor(service.isHome), service, { person: 'alix', profile });
        const { email } = userinfo;
        return { sub: userinfo.sub, name: String(userinfo.preferred_username), email, clientId };
      },
      close: () => service.close(),
    };
  },
  async saml(name: string): Promise<Entry> {
    const wiki: Wiki = await openWiki(house, name);
    return {
      application: wiki.application,
      clientId: wiki.provider.id,
      async come(profile) {
        const { xml } = await signInAt(makeVisitor(wiki.isHome), wiki, { person: 'alix', profile });
        const valueOf = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
        return {
          sub: valueOf(/<saml:NameID[^>]*>([^<]*)</u),
          name: valueOf(/Name="uid"[^>]*><saml:AttributeValue[^>]*>([^<]*)</u),
          email: valueOf(/Name="email"[^>]*><saml:AttributeValue[^>]*>([^<]*)</u),
          clientId: wiki.provider.id,
        };
      },
      close: async () => undefined,
    };
  },
};

describe.each(TOWNS.map((town) => ({ title: titleOf(town), town })))('the people of $title', ({ town }) => {
  const { source, engine, protocol, people, prepare, opens, address, secrets = {}, answers = () => ({}) } = town;
  const [old = ['', '', undefined]] = people;
  let side: OtherSide;
  let entry: Entry;

  beforeEach(async () => {
    if (!isHere[engine]) return;
    side = await openSide(source, engine);
    entry = await enterBy[protocol](titleOf(town));
    await prepare?.(side, house.parts.config.ALUCO_URL);
  }, 120_000);
  afterEach(async () => {
    await entry?.close();
    await side?.close();
  });

  const run = (text: string): string => runAt(side, town, text);

  async function filesOf(kind: 'link' | 'move'): Promise<{ forward: string; back: string }> {
    const options: LinkOptions = {
      protocol,
      issuer: house.parts.config.ALUCO_URL,
      uid: source.uid ?? 'subject',
      answers: answers(entry),
    };
    const files = house.parts.legacy.links.write(entry.application, source, { kind, engine, options });
    return { forward: await textOf(files.forward), back: await textOf(files.back) };
  }

  test.skipIf(!isHere[engine])(
    'are read out of its tables, imported, told to it, and one of them signs in with her old name',
    async () => {
      const before = await contentsOf(side, town);
      const { legacy } = house.parts;
      const text = exported(source, engine, side);
      const rows = await readBy(source, text);
      expect(rows.map(saidOf).toSorted()).toEqual(people.map((person) => [...person]).toSorted());

      expect(sourceOf(source.id)).toBe(source);
      const open = (): Readable => Readable.from([Buffer.from(text)]);
      const batch = await legacy.batches.begin(entry.application, source, open, { secrets });
      const { status, tally } = await legacy.batches.work(batch.id, open);
      expect({ status, names: tally.names, rejected: tally.rejected }).toEqual({
        status: 'done',
        names: people.length,
        rejected: 0,
      });

      const isLinked = Object.keys(source.link).length > 0;
      const link = isLinked ? await filesOf('link') : undefined;
      if (link !== undefined) {
        run(link.forward);
        const once = await contentsOf(side, town);
        expect(once).not.toBe(before);
        run(link.forward);
        expect(await contentsOf(side, town)).toBe(once);
      } else {
        expect(source.linkNote).toBeDefined();
      }

      const [name] = old;
      const given = { name, password: OLD_PASSWORD, network: NETWORK };
      if (isFirst(town)) {
        const wrong = legacy.reclaim.withPassword(alix.id, entry.application, { ...given, password: 'not this one' });
        await expect(wrong).rejects.toMatchObject({ code: 'old_name_wrong' });
      }
      const profile = await legacy.reclaim.withPassword(alix.id, entry.application, given);
      expect(profile).toMatchObject({ name, status: 'active', source: 'imported' });

      let move: { forward: string; back: string } | undefined;
      if (address !== undefined) {
        await legacy.reclaim.agreeToMove(alix.id, profile.id, true);
        move = await filesOf('move');
        run(move.forward);
        run(move.forward);
      }

      const told = await entry.come(name);
      expect(told.name).toBe(name);
      expect(String(await opens(side, told))).toBe(old[1]);
      if (address !== undefined) {
        const [[known] = []] = (await side.query(address)).map((row) => Object.values(row));
        expect(told.email).toMatch(/@relay\.example$/u);
        expect(known).toBe(told.email);
      }

      // The newest things are taken back first.
      if (move !== undefined) run(move.back);
      if (link !== undefined) run(link.back);
      expect(await contentsOf(side, town)).toBe(before);
    },
    120_000,
  );
});
