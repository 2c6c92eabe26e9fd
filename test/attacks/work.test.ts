import { createChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { Request } from 'express';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/accounts/attempts.ts';
import { makeSeals, randomId } from '../../src/storage/seal.ts';
import { makeTransients } from '../../src/storage/transient.ts';
import { makeWork, type Work, type WorkUse } from '../../src/web/work.ts';
import { makeHouse, refusalOf } from '../accounts/house.ts';
import { onBothEngines, type Ground } from '../engines.ts';
import { answerTo, proofFor } from '../working.ts';

let networks = 0;
/** A network nobody has come from yet. */
const elsewhere = (): string => `10.${Math.floor((networks += 1) / 256)}.${networks % 256}.9`;

/** One node of an instance. */
function openNode(ground: Ground): { work: Work; clock: { time: number } } {
  const { storage, seals } = ground;
  const { accounts, clock } = makeHouse(ground);
  const now = (): number => clock.time;
  return { work: makeWork({ accounts, seals, transients: makeTransients({ storage, seals, now }), now }), clock };
}

const sent = (body: Record<string, string>, ip = elsewhere()): Request => ({ body, ip }) as unknown as Request;

/** What becomes of a form that brings this. */
const send = (work: Work, use: WorkUse, body: Record<string, string>, ip?: string): Promise<string> =>
  refusalOf(work.check(sent(body, ip), use));

type Proof = { challenge: Challenge; solution: { counter: number; derivedKey: string } };

/** The same proof with something changed by whoever sends it. */
function changed(proof: string, change: (proof: Proof) => void): string {
  const read = JSON.parse(Buffer.from(proof, 'base64').toString()) as Proof;
  change(read);
  return Buffer.from(JSON.stringify(read)).toString('base64');
}

onBothEngines('work against robots', (ground) => {
  test('A67 counts once, however often and on whatever node it is sent', async () => {
    const [one, two] = [openNode(ground()), openNode(ground())];
    const work_proof = await proofFor((await one.work.ask('sign-up')).challenge);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => send(at % 2 === 0 ? one.work : two.work, 'sign-up', { work_proof })),
    );
    expect(answers.toSorted()).toEqual(['fine', ...Array.from({ length: 9 }, () => 'work_wrong')]);
    // Written otherwise it is the same proof.
    const again = changed(work_proof, ({ solution }) => Object.assign(solution, { time: 7 }));
    expect(again).not.toBe(work_proof);
    expect(await send(two.work, 'sign-up', { work_proof: again })).toBe('work_wrong');
  });

  test('A67 solved for one form is worth nothing for another, and is not used up there', async () => {
    const { work } = openNode(ground());
    const work_proof = await proofFor((await work.ask('recovery')).challenge);
    for (const use of ['sign-up', 'sign-in'] as const) expect(await send(work, use, { work_proof })).toBe('work_wrong');
    expect(await send(work, 'recovery', { work_proof })).toBe('fine');
  });

  test('A67 is as hard as the server said: whatever the browser lowers, lengthens or turns to another use is refused', async () => {
    const { work, clock } = openNode(ground());
    const { challenge } = await work.ask('sign-up');
    const easier: ((parameters: Challenge['parameters']) => void)[] = [
      (parameters) => void (parameters.cost = 1),
      (parameters) => void (parameters.keyPrefix = '00'),
      (parameters) => void (parameters.keyLength = 1),
      (parameters) => void (parameters.data = { use: 'sign-in', until: clock.time + 1e9 }),
      (parameters) => void delete parameters.keySignature,
    ];
    const solved = await proofFor(challenge);
    for (const ease of easier) {
      const work_proof = changed(solved, (proof) => ease(proof.challenge.parameters));
      for (const use of ['sign-up', 'sign-in'] as const)
        expect(await send(work, use, { work_proof })).toBe('work_wrong');
    }
    const eased = JSON.parse(challenge) as Challenge;
    Object.assign(eased.parameters, { cost: 1, keyPrefix: '00' });
    expect(await send(work, 'sign-up', { work_proof: await proofFor(JSON.stringify(eased)) })).toBe('work_wrong');
    // None of them used it up.
    expect(await send(work, 'sign-up', { work_proof: solved })).toBe('fine');
  });

  test('A67 is not solved by what the challenge itself says', async () => {
    const { work } = openNode(ground());
    const challenge = JSON.parse((await work.ask('sign-up')).challenge) as Challenge;
    const { keyPrefix } = challenge.parameters;
    for (const derivedKey of [keyPrefix, keyPrefix.padEnd(64, '0'), challenge.parameters.keySignature ?? '']) {
      const proof = { challenge, solution: { counter: 500, derivedKey } };
      const work_proof = Buffer.from(JSON.stringify(proof)).toString('base64');
      expect(await send(work, 'sign-up', { work_proof })).toBe('work_wrong');
    }
  });

  test('A67 is refused after an hour, and counts until then', async () => {
    const { work, clock } = openNode(ground());
    const [early, late] = [await work.ask('sign-up'), await work.ask('sign-up')];
    const [first, second] = [await proofFor(early.challenge), await proofFor(late.challenge)];
    clock.time += 60 * 60_000 - 1;
    expect(await send(work, 'sign-up', { work_proof: first })).toBe('fine');
    clock.time += 1;
    expect(await send(work, 'sign-up', { work_proof: second })).toBe('work_wrong');
  });

  test('A67 is refused where it was forged or made by another instance', async () => {
    const { work } = openNode(ground());
    const stranger = openNode({ ...ground(), seals: makeSeals([Buffer.alloc(32, 7)]) });
    const foreign = await stranger.work.ask('sign-up');
    expect(await send(work, 'sign-up', { work_proof: await proofFor(foreign.challenge) })).toBe('work_wrong');
    const forged = await createChallenge({
      algorithm: 'PBKDF2/SHA-256',
      cost: 1,
      counter: 1,
      data: { use: 'sign-up', until: Date.UTC(2030, 1) },
      deriveKey,
      hmacSignatureSecret: 'guessed',
      hmacKeySignatureSecret: 'guessed',
    });
    expect(await send(work, 'sign-up', { work_proof: await proofFor(JSON.stringify(forged)) })).toBe('work_wrong');
    const token = { work: answerTo(foreign, 'en'), work_question: foreign.question.token };
    expect(await send(work, 'sign-up', token)).toBe('work_wrong');
  });

  test('A67 of an instance counts on while its master key is being replaced', async () => {
    const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const before = openNode({ ...ground(), seals: makeSeals([old]) });
    const after = openNode({ ...ground(), seals: makeSeals([fresh, old]) });
    const { challenge } = await before.work.ask('sign-up');
    expect(await send(after.work, 'sign-up', { work_proof: await proofFor(challenge) })).toBe('fine');
  });

  test('A67 nonsense is refused, whatever its shape or size', async () => {
    const { work } = openNode(ground());
    const { challenge } = await work.ask('sign-up');
    const solved = await proofFor(challenge);
    const shapes = [
      '!',
      'e30=',
      Buffer.from('null').toString('base64'),
      Buffer.from('{"challenge":{"parameters":{}}}').toString('base64'),
      'A'.repeat(100_000),
      changed(solved, (proof) => Object.assign(proof.solution, { counter: -1 })),
      changed(solved, (proof) => Object.assign(proof.solution, { derivedKey: 'zz' })),
      changed(solved, (proof) => Object.assign(proof.challenge.parameters, { cost: 2 ** 40 })),
      changed(solved, (proof) => Object.assign(proof.challenge, { signature: 7 })),
    ];
    for (const work_proof of shapes) expect(await send(work, 'sign-up', { work_proof })).toBe('work_wrong');
    expect(await send(work, 'sign-up', {})).toBe('work_missing');
    expect(await send(work, 'sign-up', { work: '  ', work_question: 'x' })).toBe('work_missing');
  });
});

onBothEngines('the question in the place of work', (ground) => {
  test('is answered by the word, in either language and any writing', async () => {
    const { work } = openNode(ground());
    for (const [language, write] of [
      ['fr', (word: string) => word],
      ['en', (word: string) => ` ${word.toUpperCase()} `],
    ] as const) {
      const asked = await work.ask('recovery');
      const body = { work: write(answerTo(asked, language)), work_question: asked.question.token };
      expect(await send(work, 'recovery', body)).toBe('fine');
    }
  });

  test('A67 counts once, on whatever node, for its form and for an hour', async () => {
    const [one, two] = [openNode(ground()), openNode(ground())];
    const answer = async (use: WorkUse = 'sign-up'): Promise<Record<string, string>> => {
      const asked = await one.work.ask(use);
      return { work: answerTo(asked, 'en'), work_question: asked.question.token };
    };
    const body = await answer();
    const answers = await Promise.all([one, two, one, two].map(({ work }) => send(work, 'sign-up', body)));
    expect(answers.toSorted()).toEqual(['fine', 'work_wrong', 'work_wrong', 'work_wrong']);
    expect(await send(one.work, 'sign-up', await answer('recovery'))).toBe('work_wrong');
    const late = await answer();
    one.clock.time += 60 * 60_000;
    expect(await send(one.work, 'sign-up', late)).toBe('work_wrong');
    const cut = await answer();
    const token = `${cut['work_question']?.slice(0, -4) ?? ''}AAAA`;
    expect(await send(two.work, 'sign-up', { ...cut, work_question: token })).toBe('work_wrong');
  });

  test('A67 cannot be guessed word by word: one answer to each question, and few from one network', async () => {
    const [one, two] = [openNode(ground()), openNode(ground())];
    const asked = await one.work.ask('sign-up');
    const guess = (word: string, ip?: string): Promise<string> =>
      send(one.work, 'sign-up', { work: word, work_question: asked.question.token }, ip);
    expect(await guess('none of them')).toBe('work_wrong');
    expect(await guess(answerTo(asked, 'en'))).toBe('work_wrong');

    // A robot that knows the questions is right each time, and has to wait all the same, whichever node it asks.
    const from = `2001:db8:${randomId().length}:${(networks += 1)}::`;
    const answers: string[] = [];
    for (let number = 0; number < LIMITS['question-network'].free + 5; number += 1) {
      const { work } = number % 2 === 0 ? one : two;
      const next = await work.ask('sign-up');
      const body = { work: answerTo(next, 'fr'), work_question: next.question.token };
      answers.push(await send(work, 'sign-up', body, `${from}${number + 1}`));
    }
    expect(answers.filter((answer) => answer === 'fine')).toHaveLength(LIMITS['question-network'].free + 1);
    expect(answers.at(-1)).toMatch(/^try_later seconds=\d+$/u);
  });

  test('A67 shows its answer to nobody: not in what travels, nor in how long that is', async () => {
    const { work } = openNode(ground());
    const asked = await Promise.all(Array.from({ length: 40 }, () => work.ask('sign-up')));
    expect(new Set(asked.map(({ question }) => question.token.length)).size).toBe(1);
    // Each place comes up: no place is right more often than the others by how they are drawn.
    expect(new Set(asked.map(({ question }) => question.place)).size).toBeGreaterThan(3);
  });
});
