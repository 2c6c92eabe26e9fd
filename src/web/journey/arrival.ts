import type { Request, Response } from 'express';
import type { Account, Accounts } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import type { Journeys, Level } from '../../journey/journey.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { cookie } from '../visit.ts';
import type { Way, Ways } from './way.ts';

const YEAR = 31_536_000_000;

export type Arrivals = ReturnType<typeof makeArrivals>;

/** Noticing that somebody signed in, whichever way they came; the same for passwords, passkeys and links. */
export function makeArrivals({
  config,
  accounts,
  oidc,
}: {
  config: Pick<Config, 'ALUCO_URL'>;
  accounts: Pick<Accounts, 'arrive' | 'recognise'>;
  oidc: Pick<Oidc, 'deviceOf'>;
}) {
  const secure = config.ALUCO_URL.startsWith('https:');
  const name = secure ? '__Host-aluco-known' : 'aluco-known';

  return {
    /** What this browser keeps of its last sign-in; `accounts.signIn` wants it as `knownDevice`. */
    knownDevice: (req: Request): string | undefined => cookie(req, name),

    /**
     * Writes down that the account's owner signed in here with all that is asked of them, tells them of a browser that
     * is new to the account, and has the browser known from now on. The cookie is set before this first waits, so that
     * an answer may be given beside it.
     */
    async note(req: Request, res: Response, account: Account): Promise<void> {
      const { isKnown, next } = accounts.recognise(account.id, cookie(req, name));
      res.cookie(name, next, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: YEAR });
      await accounts.arrive(account, { device: oidc.deviceOf(req), network: req.ip ?? '', isKnown });
    },
  };
}

type Needs = { arrivals: Arrivals; journeys: Pick<Journeys, 'proven' | 'strengthened'>; ways: Pick<Ways, 'goOn'> };

export type Arrival = ReturnType<typeof makeArrival>;

/** How a journey goes on once something was proven on it. */
export function makeArrival({ arrivals, journeys, ways }: Needs) {
  return {
    /**
     * After the account was proven on this way, by one factor or by two at once. Whoever has a second factor and has
     * shown one has not arrived yet: nothing is noted then, and the browser is no known one.
     */
    async arrived(req: Request, res: Response, way: Way, account: Account, level: Level): Promise<void> {
      const isThere = level === 2 || !account.secondFactor;
      // Together, so that both share a commit.
      await Promise.all([
        isThere ? arrivals.note(req, res, account) : undefined,
        ways.goOn(req, res, journeys.proven(way.journey, account.id, level)),
      ]);
    },

    /**
     * After the second factor was proven, or set up, on this way.
     * @throws {UserError} expired, where nobody's proof waits for one
     */
    async strengthened(req: Request, res: Response, way: Way): Promise<void> {
      const { standing, session, journey } = way;
      const next = journeys.strengthened(standing, session);
      // One who sets a factor up has arrived before; one who is asked for more within a session as well.
      const isArrival = standing.step.name === 'factor' && journey.proof !== undefined;
      await Promise.all([
        isArrival && standing.account !== undefined ? arrivals.note(req, res, standing.account) : undefined,
        ways.goOn(req, res, next),
      ]);
    },
  };
}
