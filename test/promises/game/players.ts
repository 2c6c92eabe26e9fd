import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Order } from './game.ts';
import type { World } from './world.ts';

export type Players = ReturnType<typeof openPlayers>;

/** Further ones would play less than it takes to start them. */
const MOST = 4;

type Answer = { worlds: World[] } | { failure: string };

async function playOn(player: ChildProcess, order: Order): Promise<World[]> {
  const enough = new AbortController();
  const { signal } = enough;
  const answered = once(player, 'message', { signal }) as Promise<[Answer]>;
  const ended = once(player, 'exit', { signal }).then(([code]): never => {
    throw new Error(`a player ended with ${code}`);
  });
  player.send(order);
  try {
    const [answer] = await Promise.race([answered, ended]);
    if ('failure' in answer) throw new Error(answer.failure);
    return answer.worlds;
  } finally {
    enough.abort();
  }
}

/** Processes that play worlds beside one another, as many as the machine has cores for. They end with this one. */
export function openPlayers(count = Math.min(MOST, os.availableParallelism())) {
  const players = Array.from({ length: count }, () =>
    fork(fileURLToPath(new URL('player.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    }),
  );

  return {
    /** The worlds of an order, in its order. */
    async play({ seeds, ...more }: Order): Promise<World[]> {
      // Neighbours stay together.
      const share = 2 * Math.ceil(seeds.length / (2 * players.length));
      const played = await Promise.all(
        players.map((player, at) => playOn(player, { ...more, seeds: seeds.slice(at * share, (at + 1) * share) })),
      );
      return played.flat();
    },

    async close(): Promise<void> {
      const ended = players.map((player) => once(player, 'exit'));
      for (const player of players) player.disconnect();
      await Promise.all(ended);
    },
  };
}

/** The first so many seeds. */
export const seedsTo = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed);
