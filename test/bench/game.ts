import { judge, measure } from '../promises/game/game.ts';
import { openPlayers, seedsTo } from '../promises/game/players.ts';

/** So many worlds are handed out at a time. */
const A_HAND = 500;

/**
 * What two applications and two moderators gain who put together all they see and guess whose two profiles are: how much
 * more often they are right than who guesses without looking, in hundredths, with its interval.
 */
export async function measureGame(
  count: number,
  note: (name: string, value: number, unit: string, aim?: string) => void,
): Promise<void> {
  const started = performance.now();
  const players = openPlayers();
  const measured = [];
  for (let first = 0; first < count; first += A_HAND) {
    const seeds = seedsTo(Math.min(count, first + A_HAND)).slice(first);
    measured.push(measure(await players.play({ seeds })));
  }
  await players.close();
  note(`${count.toLocaleString('en')} worlds played`, (performance.now() - started) / 1000, 's');
  const { joins, right, guessed, low, high } = judge(measured);
  const advantage = (chance: number): number => 200 * (chance - 0.5);
  note('whose two profiles are: values that join them', joins.length, '', 'none');
  for (const join of joins) note(`joined: ${join}`, 1, '');
  note('whose two profiles are: advantage of who looks', advantage(right / guessed), '%');
  note('whose two profiles are: advantage, at least (99.9 %)', advantage(low), '%', 'not above 0');
  note('whose two profiles are: advantage, at most (99.9 %)', advantage(high), '%');
}
