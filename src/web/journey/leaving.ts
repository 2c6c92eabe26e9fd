import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { leavingPage } from '../../../views/journey/leaving.tsx';
import { formToken } from '../safety.ts';
import type { ShowStep, Ways } from './way.ts';

type Needs = { accounts: Pick<Accounts, 'keep'>; ways: Ways };

/** The account is to be deleted: its owner may keep it. Nothing else is within reach (P4). */
export function makeLeavingStep({ accounts, ways }: Needs): { routes: Router; show: ShowStep } {
  const router = Router();

  router.post('/journey/:id/keep', async (req, res) => {
    const way = await ways.findForForm(req, res);
    const { step, account } = way.standing;
    if (step.name !== 'leaving' || account === undefined) return res.redirect(303, way.path);
    await accounts.keep(account.id);
    return ways.goOn(req, res, way.journey);
  });

  return {
    routes: router,
    show(req, res, way) {
      const { account } = way.standing;
      if (account?.leavingAt === undefined) throw new UserError('expired');
      const page = leavingPage(ways.frameOf(req, way), {
        loginName: account.loginName,
        day: new Date(account.leavingAt).toISOString().slice(0, 10),
        action: `${way.path}/keep`,
        csrf: formToken(way.browser),
      });
      res.send(page);
    },
  };
}
