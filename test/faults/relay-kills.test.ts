/**
 * Kills the program again and again at any moment, under load: 12 times here, and as many as `ALUCO_TEST_KILLS` says
 * (200 take some minutes). Prints how many messages were accepted, arrived, were kept and came twice.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openMailCatcher } from '../mail-catcher.ts';
import { bundleNode, makeRelayPlace } from './relay-place.ts';
import { copiesOf, letterTo, openOutbox, type Letter } from './relay-sender.ts';

const KILLS = Number(process.env['ALUCO_TEST_KILLS'] ?? 12);
const MINUTE = 60_000;
/** Each life ends after fewer new messages than these were accepted, and fewer milliseconds more. */
const LIFE = { messages: 12, milliseconds: 20 };
const SECONDS_A_LIFE = 10;

test(
  `killed ${KILLS} times at any moment while mail comes, the program loses no message, and marks what may come twice`,
  async () => {
    const node = await bundleNode();
    const catcher = await openMailCatcher();
    const place = await makeRelayPlace({ node: node.file, smtp: catcher.smtp });
    const outbox = openOutbox(place.port);
    let isOver = false;
    const sentIds: string[] = [];
    function* load(): Generator<Letter> {
      for (let number = 0; !isOver; number += 1) {
        // One in some has a body in pieces.
        const letter = letterTo(place.aliases[number % place.aliases.length] ?? '', number % 16 === 0 ? 300_000 : 600);
        sentIds.push(letter.id);
        yield letter;
      }
    }
    const sent = outbox.send(load(), 6);
    let inFlight = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const running = await place.start();
      const enough = outbox.accepted.size + randomInt(LIFE.messages);
      while (outbox.accepted.size < enough) await pause(1);
      await pause(randomInt(LIFE.milliseconds));
      await running.kill();
      const { deliveries } = await place.left();
      inFlight += [...deliveries.values()].filter(({ state }) => state === 'waiting').length;
    }
    isOver = true;
    const last = await place.start({ clock: 15 * MINUTE });
    await sent;
    await last.emptied();
    await last.kill();

    const { deliveries, pieces } = await place.left(8 * 60 * MINUTE);
    const copies = copiesOf(catcher.letters);
    const kept = [...deliveries.values()].filter(({ isOpen }) => isOpen);
    const twice = sentIds.filter((id) => (copies.get(id) ?? 0) > 1);
    const surplus = catcher.letters.length - copies.size;
    process.stdout.write(
      `${KILLS} kills: ${outbox.accepted.size} accepted, ${copies.size} arrived, ${kept.length} kept, ` +
        `${surplus} duplicates of ${inFlight} in flight at a kill, ${outbox.retries} tries without an answer\n`,
    );
    expect([outbox.accepted.size, outbox.refused.size]).toEqual([sentIds.length, 0]);
    const lost = sentIds.filter((id) => !copies.has(id) && deliveries.get(id)?.isOpen !== true);
    expect(lost).toEqual([]);
    expect(twice.filter((id) => deliveries.get(id)?.mayBeTwice !== true)).toEqual([]);
    expect(surplus).toBeLessThanOrEqual(inFlight);
    expect(pieces).toBe(0);
    await catcher.close();
    await place.remove();
    await node.remove();
  },
  60_000 + KILLS * SECONDS_A_LIFE * 1000,
);
