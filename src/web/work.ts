import { createChallenge, randomInt, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { Request } from 'express';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Seals } from '../storage/seal.ts';
import type { Transients } from '../storage/transient.ts';
import type { WorkAsked } from '../../views/parts/Work.tsx';
import { field } from './form.ts';
import { makeQuestions } from './question.ts';

/** What a form with a proof of work is for: a proof made for one is worth nothing for another. */
export type WorkUse = 'sign-up' | 'recovery' | 'sign-in';

/**
 * So many keys of so many rounds a browser derives before it meets the one asked for: about a second on a telephone,
 * in one thread, and never more than twice as long as at its luckiest.
 */
const COST = { algorithm: 'PBKDF2/SHA-256', cost: 2000, fewest: 500, most: 1000 } as const;

/**
 * For how long a proof counts. A form may lie open while somebody looks something up, and loses what was typed if it
 * is refused; a store of proofs costs a robot as much as fresh ones, for each counts once.
 */
const LIFE = 60 * 60_000;

/** Longer than any proof of ours. */
const PROOF_MAX = 4096;

const hex = z.string().regex(/^[0-9a-f]{2,128}$/u);

/** What a browser sends back: the challenge as it was signed, and its solution. */
const proofOf = z.object({
  challenge: z.object({
    parameters: z.strictObject({
      algorithm: z.literal(COST.algorithm),
      cost: z.int().min(1).max(COST.cost),
      data: z.strictObject({ until: z.number(), use: z.string() }),
      keyLength: z.int().min(1).max(64),
      keyPrefix: hex,
      keySignature: hex,
      nonce: hex,
      salt: hex,
    }),
    signature: hex,
  }),
  solution: z.object({ counter: z.int().min(0).max(0xffffffff), derivedKey: hex }),
});

type Proof = z.output<typeof proofOf>;

type Needs = {
  accounts: Pick<Accounts, 'countAnswer'>;
  seals: Seals;
  transients: Pick<Transients, 'putOnce'>;
  /** The time in milliseconds. */
  now: () => number;
};

export type Work = ReturnType<typeof makeWork>;

/** The two secrets of one key: for what is asked, and for the answer. */
const secretsOf = (key: string) => ({ hmacSignatureSecret: `asked:${key}`, hmacKeySignatureSecret: `solved:${key}` });

function readProof(text: string): Proof | undefined {
  if (text.length > PROOF_MAX) return undefined;
  try {
    return proofOf.safeParse(JSON.parse(Buffer.from(text, 'base64').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * Work that a browser does before a form is taken, so that robots pay for what people do once: ALTCHA's protocol, made
 * and checked here alone. Nothing is kept of what is asked; of what was solved its signature, until it counts no more.
 * Where no script runs a question takes its place.
 */
export function makeWork({ accounts, seals, transients, now }: Needs) {
  const keys = seals.keysFor('work');
  const [newest = ''] = keys;
  const questions = makeQuestions({ accounts, seals, transients, now });

  /** Whether it was asked for here, for this use, is solved and neither old nor used before. Uses it up if so. */
  async function accepts({ challenge, solution }: Proof, use: WorkUse): Promise<boolean> {
    const { data } = challenge.parameters;
    if (data.use !== use || data.until <= now()) return false;
    for (const key of keys) {
      const { verified } = await verifySolution({
        challenge,
        solution: { ...solution, time: 0 },
        deriveKey,
        ...secretsOf(key),
      });
      if (verified) return transients.putOnce('work', challenge.signature, true, data.until);
    }
    return false;
  }

  return {
    /** What the form of a page asks for; `Work` in views/parts shows it. */
    async ask(use: WorkUse): Promise<WorkAsked> {
      const { algorithm, cost, fewest, most } = COST;
      const challenge = await createChallenge({
        algorithm,
        cost,
        counter: randomInt(most, fewest),
        data: { use, until: now() + LIFE },
        deriveKey,
        ...secretsOf(newest),
      });
      return { challenge: JSON.stringify(challenge), question: questions.ask(use) };
    },

    /**
     * Takes what came with a form: a proof, or else an answer to the question. Either counts once. Refused, it is the
     * field `work` that is wrong.
     * @throws {UserError} work_missing, work_wrong, try_later{seconds} where a network answered many questions
     */
    async check(req: Request, use: WorkUse): Promise<void> {
      const text = field(req, 'work_proof');
      const proof = text === '' ? undefined : readProof(text);
      if (proof !== undefined && (await accepts(proof, use))) return;
      const answer = field(req, 'work').trim();
      if (answer === '') throw new UserError(text === '' ? 'work_missing' : 'work_wrong');
      const isRight = await questions.takes({ token: field(req, 'work_question'), answer, use, network: req.ip ?? '' });
      if (!isRight) throw new UserError('work_wrong');
    },
  };
}
