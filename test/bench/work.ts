import { solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import type { Request } from 'express';
import { makeSeals } from '../../src/storage/seal.ts';
import { makeWork } from '../../src/web/work.ts';

const ROUNDS = 12;

/** What asking for work, solving it as browsers do, and checking it take, in milliseconds, the mean of some rounds. */
export async function costOfWork(): Promise<{ asking: number; solving: number; checking: number }> {
  const work = makeWork({
    accounts: { countAnswer: async () => {} },
    seals: makeSeals([Buffer.alloc(32, 1)]),
    // The one row that a proof leaves is measured with the database.
    transients: { putOnce: async () => true },
    now: Date.now,
  });
  const spent = { asking: 0, solving: 0, checking: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    const { challenge } = await work.ask('sign-up');
    const asked = performance.now();
    const read = JSON.parse(challenge) as Challenge;
    const solution = await solveChallenge({ challenge: read, deriveKey });
    const solved = performance.now();
    const work_proof = Buffer.from(JSON.stringify({ challenge: read, solution })).toString('base64');
    await work.check({ body: { work_proof }, ip: '192.0.2.1' } as unknown as Request, 'sign-up');
    spent.asking += (asked - started) / ROUNDS;
    spent.solving += (solved - asked) / ROUNDS;
    spent.checking += (performance.now() - solved) / ROUNDS;
  }
  return spent;
}
