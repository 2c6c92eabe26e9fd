import { judge } from './game.ts';
import { MUTANTS, type MutantName } from './mutants.ts';
import { openPlayers, seedsTo } from './players.ts';
const count = Number(process.argv[2] ?? 60);
const players = openPlayers();
const s = performance.now(); const c = process.cpuUsage();
const lap = (what: string) => { const u = process.cpuUsage(c); console.log(what, ((performance.now() - s) / 1000).toFixed(1), ((u.user + u.system) / 1e6).toFixed(1)); };
if (count > 0) {
const worlds = await players.play({ seeds: seedsTo(count) });
lap('played');
console.log(judge(worlds));
lap('judged');
}
for (const name of (process.argv[3] === 'none' ? [] : process.argv[3]?.split(',') ?? Object.keys(MUTANTS)) as MutantName[]) {
  console.log(name, judge(await players.play({ seeds: seedsTo(Number(process.argv[4] ?? 40)), mutant: name, plot: MUTANTS[name].plot })));
  lap('played');
}
await players.close();
