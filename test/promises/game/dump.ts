import { playWorlds } from './game.ts';
import { seedsTo } from './players.ts';
const c = process.cpuUsage();
const worlds = await playWorlds({ seeds: seedsTo(Number(process.argv[2] ?? 40)) });
const u = process.cpuUsage(c);
console.log('cpu a world', (u.user + u.system) / 1000 / worlds.length);
const sources = new Map<string, number>(); const statuses = new Map<string, number>();
for (const w of worlds) for (const s of w.sights) { sources.set(s.source, (sources.get(s.source) ?? 0) + 1); if (s.field === 'status' || s.field === 'answer') { const k = s.source + ' ' + s.value; statuses.set(k, (statuses.get(k) ?? 0) + 1); } }
console.log([...sources].sort().map(([a, b]) => `${a}: ${b}`).join('\n')); console.log([...statuses].sort().map(([a, b]) => `${a}: ${b}`).join('\n'));
console.log(worlds.map((w) => w.sights.length).join());
