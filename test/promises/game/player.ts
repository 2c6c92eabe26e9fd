import { playWorlds, type Order } from './game.ts';

// A process that plays the worlds it is told to: each has a clock of its own.
process.on('message', (order: Order) => {
  playWorlds(order).then(
    (worlds) => process.send?.({ worlds }),
    (error: unknown) => process.send?.({ failure: error instanceof Error ? error.stack : String(error) }),
  );
});
