import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import bcrypt from 'bcryptjs';
import { readConfig } from '../../src/config.ts';
import { UserError } from '../../src/errors.ts';
import { sourceOf } from '../../src/legacy/legacy.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts } from '../../src/parts.ts';
import { randomId } from '../../src/storage/seal.ts';
import { addApplication } from '../people.ts';

type Note = (name: string, value: number, unit: string, aim?: string) => void;

/** Each kind is measured so often in each round; rounds take turns, and of all the least counts. */
const EACH = 100;
const ROUNDS = 4;
/** So many names are taken back by one account. */
const HELD = 10;

const PASSWORD = 'the barn door creaks at dusk';

/** Networks of which each is used once. */
const networkOf = (number: number): string => `10.${Math.floor(number / 250)}.${number % 250}.9`;

/** Processor time of one of these, worker threads and all, in milliseconds. */
async function costOf(work: (index: number) => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < EACH; index += 1) await work(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / EACH;
}

async function refused(work: Promise<unknown>): Promise<void> {
  const answer = await work.then(
    () => 'fine',
    (error: unknown) => (error instanceof UserError ? error.code : String(error)),
  );
  if (answer !== 'old_name_wrong') throw new Error(`a wrong password was answered ${answer}`);
}

/**
 * What taking a name back by its old password costs from the call to the profile, against the comparison of the hash
 * alone (bcrypt, cost 10, as Mastodon's): found, limited, opened, compared aside, and written in one transaction. The
 * same where the password is wrong, and where nobody had the name.
 */
export async function measureTakingBack(folder: string, note: Note): Promise<void> {
  const data = path.join(folder, 'taking-back');
  mkdirSync(data);
  const parts = await makeParts(
    readConfig({ ALUCO_URL: 'http://localhost:9', ALUCO_DATA: data, ALUCO_ALIAS_DOMAIN: 'relay.example' }),
    { log: makeLog('silent'), now: Date.now },
  );
  const { reclaim, batches } = parts.legacy;
  try {
    const meadow = await addApplication(parts, 'Meadow', 'http://localhost:9/', { quota: 100 });
    const hash = bcrypt.hashSync(PASSWORD, 10);
    const count = 2 * EACH * ROUNDS;
    const lines = Array.from({ length: count }, (_, index) =>
      JSON.stringify({ name: `bird${index}`, key: String(index), hash, address: `bird${index}@old.example` }),
    );
    const source = sourceOf('csv');
    if (source === undefined) throw new Error('no source');
    const open = (): Readable => Readable.from([`${lines.join('\n')}\n`]);
    const { id } = await batches.begin(meadow, source, open);
    await batches.work(id, open);
    const people: string[] = [];
    for (let index = 0; index * HELD < EACH * ROUNDS; index += 1) {
      const person = { loginName: `person${index}`, password: PASSWORD, language: 'en' } as const;
      people.push((await parts.accounts.add({ ...person, administrator: index === 0 })).id);
    }

    let used = 0;
    const given = (name: string, password: string) => {
      used += 1;
      return { name, password, network: networkOf(used) };
    };
    await refused(reclaim.withPassword(randomId(), meadow, given('nobody', 'wrong')));
    const least = { bare: Infinity, right: Infinity, wrong: Infinity, unknown: Infinity };
    const keep = (kind: keyof typeof least, cost: number): void => {
      least[kind] = Math.min(least[kind], cost);
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const nth = (index: number): number => round * EACH + index;
      keep('bare', await costOf(() => bcrypt.compareSync(PASSWORD, hash)));
      keep(
        'right',
        await costOf((index) => {
          const accountId = people[Math.floor(nth(index) / HELD)] ?? '';
          return reclaim.withPassword(accountId, meadow, given(`bird${nth(index)}`, PASSWORD));
        }),
      );
      keep(
        'wrong',
        await costOf((index) => {
          const name = `bird${EACH * ROUNDS + nth(index)}`;
          return refused(reclaim.withPassword(randomId(), meadow, given(name, 'a wrong one')));
        }),
      );
      keep(
        'unknown',
        await costOf((index) =>
          refused(reclaim.withPassword(randomId(), meadow, given(`nobody${nth(index)}`, 'a wrong one'))),
        ),
      );
    }
    note('comparing bcrypt, cost 10: bare', least.bare, 'CPU-ms');
    note('taking a name back by its password: what we add', least.right - least.bare, 'CPU-ms', 'at most 5');
    note('a wrong password: what we add', least.wrong - least.bare, 'CPU-ms');
    note('a name that nobody had: what we add', least.unknown - least.bare, 'CPU-ms');
  } finally {
    await parts.storage.close();
  }
}
