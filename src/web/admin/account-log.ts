import { Router } from 'express';
import { accountLogPage } from '../../../views/admin/accountLog.tsx';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { param } from '../form.ts';
import { sendListing } from '../listing.ts';
import type { Visits } from '../visit.ts';

type Needs = { accounts: Pick<Accounts, 'find' | 'log'>; days: number; visits: Visits };

/** What happened to an account, for administrators. `days`: for how many days that is kept. */
export function accountLogRoutes({ accounts, days, visits }: Needs): Router {
  const router = Router();

  router.get(
    '/admin/accounts/:id/log',
    visits.forAdministrator(async ({ frame }, req, res) => {
      const account = await accounts.find(param(req, 'id'));
      if (account === undefined) throw new UserError('not_found');
      const { t } = frame;
      const entries = await accounts.log.list(account.id);
      const byOf = (by: string | undefined): string => (by === '' ? t('account_log.by_gone') : (by ?? ''));
      await sendListing(req, res, {
        name: 'account-log',
        items: entries,
        columns: {
          hour: ({ hour }) => new Date(hour).toISOString(),
          kind: ({ kind }) => kind,
          method: ({ method }) => method,
          by: ({ by }) => by,
        },
        json: () => ({ entries }),
        page: () =>
          accountLogPage(frame, {
            id: account.id,
            loginName: account.loginName,
            entries: entries.map(({ kind, hour, by }) => ({
              hour,
              text: t(`account_log.kind.${kind}`),
              by: byOf(by),
            })),
            days,
          }),
      });
    }),
  );

  return router;
}
