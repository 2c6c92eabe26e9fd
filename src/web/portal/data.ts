import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { dataPage } from '../../../views/portal/data.tsx';
import { messageFor } from '../../../views/text.ts';
import { statusOf } from '../form.ts';
import type { Visits } from '../visit.ts';
import { makeArchives } from './archive.ts';

type Needs = Parameters<typeof makeArchives>[0] & {
  accounts: Pick<Accounts, 'noteDataTaken'>;
  visits: Visits;
};

/** Everything about oneself in one file, for somebody who has just proven who they are. */
export function dataRoutes(needs: Needs): Router {
  const { accounts, visits } = needs;
  const archives = makeArchives(needs);
  const router = Router();

  router.get(
    '/account/data',
    visits.forRecent(({ frame, csrf }, _req, res) => void res.send(dataPage(frame, { csrf })), { beforeTerms: true }),
  );

  router.post(
    '/account/data',
    visits.forRecent(
      async ({ account, frame, csrf }, req, res) => {
        const asJson = req.accepts(['html', 'json']) === 'json';
        try {
          await accounts.noteDataTaken(account.id);
        } catch (error) {
          if (!(error instanceof UserError) || asJson) throw error;
          res.status(statusOf(error.code));
          return void res.send(dataPage(frame, { csrf, problem: messageFor(frame.t, error.code, error.params) }));
        }
        const archive = await archives.of(account);
        if (asJson) return void res.json(archive);
        res.attachment(`aluco-${archive.madeOn}.zip`);
        return void res.type('application/zip').send(Buffer.from(archives.zip(archive, frame)));
      },
      { beforeTerms: true },
    ),
  );

  return router;
}
