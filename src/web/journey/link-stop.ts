import { linkStoppedPage, stopLinkPage } from '../../../views/journey/linkStop.tsx';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { param } from '../form.ts';
import type { Visits } from '../visit.ts';
import type { LinkPages } from './link.ts';

type Needs = { accounts: Pick<Accounts, 'passwordLinks'>; visits: Visits };

/** Stops the link for a new password that an administrator made, for its owner who did not ask for one. */
export function makeStopLink({ accounts, visits }: Needs): LinkPages {
  return {
    async show(req, res, link) {
      const account = await accounts.passwordLinks.stoppable(link);
      if (account === undefined) throw new UserError('link_gone');
      const action = `/link/${param(req, 'token')}`;
      res.send(stopLinkPage(visits.frame(req), { action, loginName: account.loginName }));
    },
    async use(req, res) {
      await accounts.passwordLinks.stop(param(req, 'token'));
      res.send(linkStoppedPage(visits.frame(req), { signInUrl: '/' }));
    },
  };
}
