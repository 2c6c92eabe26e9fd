import { makeBack, makeAnswer, type Back, type Returned, type SendAnswer } from '../../../src/mail/back/back.ts';
import type { Reply } from '../../../src/mail/arrival.ts';
import { makeCorrespondents, type Correspondents } from '../../../src/mail/forward/correspondents.ts';
import type { Delivery, NewDelivery, Spool } from '../../../src/mail/spool/spool.ts';
import { makeHouse, type House } from '../../accounts/house.ts';
import type { Ground } from '../../engines.ts';
import { keep, openSpool, toProfile } from '../spool/sorting-office.ts';
import { come } from './letters.ts';

/** Where people read that answers are written. */
export const URL = 'https://nest.example';

/** What comes back to people of a house, on real storage. */
export type Returns = {
  readonly house: House;
  readonly spool: Spool;
  readonly back: Back;
  readonly answer: SendAnswer;
  readonly correspondents: Correspondents;
  /** Whose a profile is. */
  readonly owners: Map<string, string>;
  /** Lines that were logged. */
  readonly lines: string[];
  /** Has a message be taken by the mailbox's host, with the return path that is returned. */
  sent(delivery: NewDelivery): Promise<Delivery>;
  /** Something comes to what was found at an address. */
  comes(text: string | Buffer, from: string, found: Returned): Promise<Reply>;
};

export function openReturns(ground: Ground): Returns {
  const house = makeHouse(ground);
  const { clock, accounts } = house;
  const { spool, lines } = openSpool(ground, clock);
  const now = (): number => clock.time;
  const owners = new Map<string, string>();
  const health = accounts.mailboxHealth;
  const back = makeBack({ now, url: URL, spool, health, mailOwner: async (id) => owners.get(id) });
  let count = 0;
  return {
    house,
    spool,
    back,
    answer: makeAnswer({ aliasDomain: 'alias.test', now, spool }),
    correspondents: makeCorrespondents({ ...ground, now }),
    owners,
    lines,
    async sent(delivery) {
      count += 1;
      const [kept] = await keep(spool, Buffer.from('hello\r\n'), [
        { ...delivery, messageId: `<${count}@lake.example>` },
      ]);
      if (kept === undefined) throw new Error('nothing was kept');
      await spool.settle(kept, { state: 'delivered' });
      const found = await spool.findByReturn(kept.returnLocal);
      if (found === undefined) throw new Error('nothing has this return path');
      return found;
    },
    comes(text, from, found) {
      const { head, body } = come(text.toString());
      const pieces = async function* pieces(): AsyncGenerator<Buffer> {
        for (let at = 0; at < body.length; at += 1000) yield body.subarray(at, at + 1000);
      };
      return back.receive({ from, head, body: pieces() }, found);
    },
  };
}

/** Mail of the lake to a profile. */
export const mailTo = (profileId: string, more: Partial<NewDelivery> = {}): NewDelivery =>
  toProfile(profileId, {
    fromDomain: 'lake.example',
    correspondent: { address: 'notify@lake.example', name: 'Le Lac' },
    ...more,
  });
