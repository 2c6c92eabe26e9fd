import { randomInt } from 'node:crypto';
import { z } from 'zod';
import type { Accounts } from '../accounts/accounts.ts';
import { canonicalName } from '../names.ts';
import { randomId, SealError, type Seals } from '../storage/seal.ts';
import type { Transients } from '../storage/transient.ts';
import { translator } from '../../views/text.ts';
import type { QuestionAsked } from '../../views/parts/Work.tsx';

/** How many words a question shows; one of them is asked for. */
const SHOWN = 6;

/** As long as a proof: see there. */
const LIFE = 60 * 60_000;

/** All questions are of one size, so that none shows its answer. */
const PADDING = 128;

/** Longer than any question of ours, or any answer to one. */
const TOKEN_MAX = 1024;
const ANSWER_MAX = 100;

const sealedQuestion = z.object({ id: z.string(), word: z.number(), until: z.number() });

/** The same words in each language, in the same order. */
const WORDS = (['fr', 'en'] as const).map((language) => translator(language)('work.words').split(' '));

const COUNT = Math.min(...WORDS.map((words) => words.length));

type Needs = {
  accounts: Pick<Accounts, 'countAnswer'>;
  seals: Seals;
  transients: Pick<Transients, 'putOnce'>;
  now: () => number;
};

/** An answer that came with a form. */
type Given = { token: string; answer: string; use: string; network: string };

function draw(): number[] {
  const drawn = new Set<number>();
  while (drawn.size < SHOWN) drawn.add(randomInt(COUNT));
  return [...drawn];
}

/**
 * A question made here: to copy one word of a few, which can be done by hand, by ear or by copying and pasting, and needs
 * no sum and no memory (WCAG 2.2, 3.3.8). A program written for Aluco answers it, as it would any other in words: what holds
 * it back is that each network may answer few, rightly or not.
 */
export function makeQuestions({ accounts, seals, transients, now }: Needs) {
  function open(token: string, use: string): z.output<typeof sealedQuestion> | undefined {
    if (token.length > TOKEN_MAX) return undefined;
    try {
      return sealedQuestion.parse(JSON.parse(seals.open('question', use, token)));
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
  }

  return {
    /** A question whose answer counts for one use. */
    ask(use: string): QuestionAsked {
      const words = draw();
      const at = randomInt(SHOWN);
      const content = { id: randomId(), word: words[at], until: now() + LIFE };
      return { token: seals.sealPadded('question', use, JSON.stringify(content), PADDING), words, place: at + 1 };
    },

    /**
     * Whether the answer is right, in whatever language. Each question is answered once, rightly or not, so that nobody
     * tries one word after the other.
     * @throws {UserError} try_later{seconds}
     */
    async takes({ token, answer, use, network }: Given): Promise<boolean> {
      await accounts.countAnswer(network);
      const question = open(token, use);
      if (question === undefined || question.until <= now() || answer.length > ANSWER_MAX) return false;
      if (!(await transients.putOnce('question', question.id, true, question.until))) return false;
      const given = canonicalName(answer);
      return WORDS.some((words) => canonicalName(words[question.word] ?? '') === given);
    },
  };
}
