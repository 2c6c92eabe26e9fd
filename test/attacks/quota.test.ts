import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { ROOT } from '../../src/config.ts';
import { UserError } from '../../src/errors.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { PEOPLE } from '../people.ts';

type Scene = { house: House; alix: Account; blog: Application };

/** Alix at an application that lets each account have `quota` profiles, of which she has `held`. */
async function withScene(
  engine: 'sqlite' | 'postgres',
  { quota, held }: { quota: number; held: number },
  story: (scene: Scene) => Promise<void>,
): Promise<void> {
  const house = await openHouse({ engine });
  try {
    const alix = await addPerson(house.parts, 'alix');
    const blog = await addApplication(house.parts, 'Blog', 'https://blog.example', { quota });
    for (let index = 0; index < held; index += 1) {
      await house.parts.profiles.create(alix.id, blog, { name: `early${index}`, note: '' });
    }
    await story({ house, alix, blog });
  } finally {
    await house.close();
  }
}

function createMany({ house, alix, blog }: Scene, prefix: string, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      house.parts.profiles.create(alix.id, blog, { name: `${prefix}${index}`, note: '' }).then(
        () => 'created',
        (error: unknown) => (error instanceof UserError ? error.code : String(error)),
      ),
    ),
  );
}

/** A second process on the same database that creates profiles when told to. */
async function otherProcess(
  { house, alix, blog }: Scene,
  prefix: string,
  count: number,
): Promise<() => Promise<string[]>> {
  const script = fileURLToPath(new URL('./many-profiles.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, alix.id, blog.id, prefix, String(count)], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...house.environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [ready] = (await once(lines, 'line')) as [string];
  if (ready !== 'ready') throw new Error(`the other process said ${ready}`);
  return async () => {
    const said = once(lines, 'line');
    const ended = once(child, 'exit');
    child.stdin.end('go\n');
    const [outcomes] = (await said) as [string];
    await ended;
    return JSON.parse(outcomes) as string[];
  };
}

const tally = (outcomes: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

async function expectHeld({ house, alix, blog }: Scene, used: number): Promise<void> {
  const { profiles, used: counted, limit } = await house.parts.profiles.at(alix.id, blog);
  expect({ used: counted, limit }).toEqual({ used, limit: blog.quota });
  expect(profiles).toHaveLength(used);
}

describe.each(['sqlite', 'postgres'] as const)("Alix's last place on %s", (engine) => {
  test.each([
    { quota: 1, held: 0 },
    { quota: 5, held: 4 },
  ])('A69: is taken once by 50 creations at the same moment ($held of $quota taken)', async (numbers) => {
    await withScene(engine, numbers, async (scene) => {
      expect(tally(await createMany(scene, 'late', 50))).toEqual({ created: 1, quota_full: 49 });
      await expectHeld(scene, numbers.quota);
    });
  });

  test('A69: is taken once by 20 forms sent at the same moment from two browsers', async () => {
    await withScene(engine, { quota: 2, held: 1 }, async (scene) => {
      const { house, blog } = scene;
      const browsers = await Promise.all(
        [0, 1].map(async () => {
          const visitor = makeVisitor();
          const signIn = await visitor.get(`${house.url}/applications/${blog.id}/new`);
          const page = await visitor.submit(signIn, '/sign-in', { login: 'alix', password: PEOPLE.alix.password });
          return { visitor, page };
        }),
      );
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          const browser = browsers[index % 2];
          if (browser === undefined) throw new Error('no browser');
          return browser.visitor.submit(browser.page, '/new', { name: `late${index}`, note: '' });
        }),
      );
      expect(tally(answers.map(({ status }) => String(status)))).toEqual({ '200': 1, '422': 19 });
      await expectHeld(scene, 2);
    });
  });

  test('A70: fifty at once who all want one name leave it to one of them', async () => {
    await withScene(engine, { quota: 100, held: 0 }, async (scene) => {
      const { house, alix, blog } = scene;
      const bruno = await addPerson(house.parts, 'bruno');
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          house.parts.profiles.create(index % 2 === 0 ? alix.id : bruno.id, blog, { name: 'owl', note: '' }).then(
            () => 'created',
            (error: unknown) => (error instanceof UserError ? error.code : String(error)),
          ),
        ),
      );
      expect(tally(outcomes)).toEqual({ created: 1, name_taken: 49 });
    });
  });
});

describe("Alix's last place at two processes on one PostgreSQL database", () => {
  test.each([
    { quota: 1, held: 0 },
    { quota: 5, held: 4 },
  ])('A69: is taken once by 25 creations at each ($held of $quota taken)', async (numbers) => {
    await withScene('postgres', numbers, async (scene) => {
      const go = await otherProcess(scene, 'other', 25);
      const outcomes = (await Promise.all([go(), createMany(scene, 'late', 25)])).flat();
      expect(tally(outcomes)).toEqual({ created: 1, quota_full: 49 });
      await expectHeld(scene, numbers.quota);
    });
  });
});
