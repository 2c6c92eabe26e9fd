import { Router } from 'express';
import { UserError } from '../../errors.ts';
import type { Steering } from '../../mail/steering.ts';
import { queuePage, type Destination, type QueueState } from '../../../views/admin/relay.tsx';
import { field } from '../form.ts';
import { notice } from '../notice.ts';
import type { Visits } from '../visit.ts';

/** What administrators see of forwarded mail, and do with it. Never for whom it is. */
export type RelayDesk = {
  /** Whether mail is taken on this node. */
  isListening(): boolean;
  /** How many messages are where. */
  counts(): Promise<{ waiting: number; held: number; failed: number }>;
  /** Since when the oldest that is soon due waits, in milliseconds. */
  oldest(): Promise<number | undefined>;
  /** Where waiting mail goes: mail domains that at least five accounts share, and how much goes to all others. */
  destinations(): Promise<{ shared: readonly Destination[]; others: number }>;
  steering: Pick<Steering, 'isPaused' | 'pause' | 'retry'>;
};

/** Administrators' page of the mail queue. */
export function relayAdminRoutes({ desk, visits }: { desk: RelayDesk | undefined; visits: Visits }): Router {
  const router = Router();

  function open(): RelayDesk {
    if (desk === undefined) throw new UserError('not_found');
    return desk;
  }

  async function stateOf(of: RelayDesk): Promise<QueueState> {
    const { waiting, held, failed } = await of.counts();
    return {
      isListening: of.isListening(),
      isPaused: await of.steering.isPaused(),
      waiting,
      oldest: await of.oldest(),
      held,
      failed,
      destinations: await of.destinations(),
    };
  }

  router.get(
    '/admin/mail',
    visits.forAdministrator(async ({ csrf, frame }, req, res) => {
      const queue = desk && (await stateOf(desk));
      if (req.accepts(['html', 'json']) === 'json') res.json(queue ?? null);
      else res.send(queuePage(frame, { queue, csrf, notice: notice(req, frame.t) }));
    }),
  );

  router.post(
    '/admin/mail/pause',
    visits.forAdministrator(async (_person, req, res) => {
      const paused = field(req, 'paused') === 'on';
      await open().steering.pause(paused);
      res.redirect(303, `/admin/mail?notice=${paused ? 'queue_paused' : 'queue_going'}`);
    }),
  );

  router.post(
    '/admin/mail/retry',
    visits.forAdministrator(async (_person, _req, res) => {
      await open().steering.retry();
      res.redirect(303, '/admin/mail?notice=queue_retried');
    }),
  );

  return router;
}
