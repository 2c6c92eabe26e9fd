import { setTimeout as pause } from 'node:timers/promises';
import { liveMemory } from '../live-memory.ts';
import { openDesk } from '../mail/receive/desk.ts';

/** A receiver in a process of its own: what it holds in memory is the receiver's alone. It reads slowly and keeps nothing. */
const desk = await openDesk({
  async accept({ body }) {
    let size = 0;
    let turn = 0;
    for await (const chunk of body) {
      size += chunk.length;
      turn += 1;
      if (turn % 16 === 0) await pause(1);
    }
    return { code: 250, enhanced: '2.0.0', text: `Read ${size}` };
  },
});

let most = liveMemory();
setInterval(() => (most = Math.max(most, liveMemory())), 50);
process.on('message', () => process.send?.({ most }));
process.on('disconnect', () => process.exit(0));
process.send?.({ port: desk.relay, most });
