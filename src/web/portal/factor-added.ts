import type { Request, Response } from 'express';
import type { Added } from '../../accounts/accounts.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { recoveryCodesPage } from '../../../views/parts/recoveryCodes.tsx';
import type { Person } from '../visit.ts';

/** What comes after a person added a factor on a page of theirs, of whatever kind. */
export function makeFactorAdded({ oidc }: { oidc: Pick<Oidc, 'startSession'> }) {
  /**
   * Who has just shown a new factor has proven two: the session says so from now on, under a new id (A57), for one of a
   * single factor would be none any more. The time stays that of the first proof. Then the recovery codes that came
   * with it, this once.
   */
  return async function added(req: Request, res: Response, person: Person, { codes }: Added): Promise<void> {
    const { account, session, frame } = person;
    if (session.proof.level < 2) await oidc.startSession(req, res, { ...session.proof, level: 2 });
    if (codes === undefined) return res.redirect(303, '/account/security?notice=factor_added');
    const { loginName } = account;
    res.send(recoveryCodesPage(frame, { codes, loginName, nextUrl: '/account/security' }));
  };
}
