import type { Request, Response } from 'express';
import type { Added } from '../../accounts/accounts.ts';
import type { Journeys } from '../../journey/journey.ts';
import { recoveryCodesPage } from '../../../views/parts/recoveryCodes.tsx';
import type { Way, Ways } from './way.ts';

type Needs = { journeys: Pick<Journeys, 'save' | 'strengthened'>; ways: Pick<Ways, 'frameOf' | 'goOn'> };

export type Enrolled = ReturnType<typeof makeEnrolled>;

/** How a journey goes on after a second factor was set up on it, of whatever kind. */
export function makeEnrolled({ journeys, ways }: Needs) {
  /**
   * Shows the recovery codes that came with the factor, this once, and goes on from there; at once where none did.
   * @throws {UserError} expired, where nobody's proof waits for a factor
   */
  return async function enrolled(req: Request, res: Response, way: Way, { codes }: Added): Promise<void> {
    const next = journeys.strengthened(way.standing, way.session);
    if (codes === undefined) return ways.goOn(req, res, next);
    await journeys.save(next);
    const loginName = way.standing.account?.loginName ?? '';
    res.send(recoveryCodesPage(ways.frameOf(req, way), { codes, loginName, nextUrl: way.path }));
  };
}
