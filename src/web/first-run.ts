import { Router, type Request, type Response } from 'express';
import { firstRunCodePage, firstRunDonePage, firstRunPage, type Asked } from '../../views/journey/firstRun.tsx';
import { noAdministratorPage } from '../../views/journey/noAdministrator.tsx';
import type { Form } from '../../views/parts/form.ts';
import { languageNames, type TextKey } from '../../views/text.ts';
import { PASSWORD_LENGTH, type Accounts } from '../accounts/accounts.ts';
import { problemOf, type Config, type HouseName } from '../config.ts';
import { SettingsProblem, UserError } from '../errors.ts';
import type { House } from '../house/house.ts';
import type { Log } from '../log.ts';
import { ACCOUNT_FIELDS, KEPT_MAX } from './account-form.ts';
import { blank, field, statusOf, withError } from './form.ts';
import type { Visits } from './visit.ts';

/** Where the first administrator comes in. */
export const FIRST_RUN_PATH = '/first-run';

/** What makes the first administrator where there is a terminal. */
export const FIRST_RUN_COMMAND = 'aluco account add NAME --administrator';

type Needs = {
  config: Config;
  accounts: Pick<Accounts, 'firstRun'>;
  house: House;
  log: Log;
  onHouseChanged: () => Promise<void>;
  visits: Visits;
};

/** The settings the page asks for, unless the environment gives them. */
const SETTINGS = [
  ['ALUCO_URL', 'url', 'first_run.url'],
  ['ALUCO_NAME', 'name', 'first_run.name'],
  ['ALUCO_CONTACT', 'contact', 'first_run.contact'],
  ['ALUCO_LANGUAGE', 'language', 'first_run.language'],
] as const satisfies readonly (readonly [HouseName, Asked, TextKey])[];

const FIELDS = {
  ...ACCOUNT_FIELDS,
  ...Object.fromEntries(SETTINGS.map(([name, asked]) => [name, asked])),
};
const CODE_FIELDS = { code_wrong: 'code', try_later: 'code', busy: 'code' };

/**
 * The address under which the page was asked for, if it can be the public one. Only a suggestion in a field that the
 * administrator reads: whoever sends the request chooses it (A47).
 */
function suggestedAddress(host: string): string {
  // Plain http passes on loopback alone.
  const candidates = [`http://${host}`, `https://${host}`].map((address) => address.toLowerCase());
  return candidates.find((address) => problemOf('ALUCO_URL', address) === undefined) ?? '';
}

/** The pages of an instance without an administrator. Once there is one, there are none of them. */
export function firstRunRoutes({ config, accounts, house, log, onHouseChanged, visits }: Needs): Router {
  const router = Router();
  const { firstRun } = accounts;
  const asked = SETTINGS.filter(([name]) => !house.isGiven(name));

  async function requireNeed(): Promise<void> {
    if (!(await firstRun.isNeeded())) throw new UserError('not_found');
  }

  async function suggestions(req: Request, language: string): Promise<Record<string, string>> {
    const kept = await house.kept();
    const url = kept.ALUCO_URL ?? suggestedAddress(req.get('host') ?? '');
    return { url, name: config.ALUCO_NAME, contact: config.ALUCO_CONTACT, language: kept.ALUCO_LANGUAGE ?? language };
  }

  function showCode(req: Request, res: Response, form: Form): void {
    res.send(firstRunCodePage(visits.frame(req), { action: FIRST_RUN_PATH, form }));
  }

  function showSettings(req: Request, res: Response, form: Form): void {
    const frame = visits.frame(req);
    const given = SETTINGS.filter(([name]) => house.isGiven(name)).map(([name, , label]) => ({
      label: frame.t(label),
      value: name === 'ALUCO_LANGUAGE' ? languageNames[config[name]] : config[name],
    }));
    const page = firstRunPage(frame, {
      action: FIRST_RUN_PATH,
      code: field(req, 'code').slice(0, KEPT_MAX),
      form,
      asked: asked.map(([, name]) => name),
      given,
      passwordMinimum: PASSWORD_LENGTH.min,
    });
    res.send(page);
  }

  /** Makes the administrator and sets the settings, both or neither. */
  async function begin(req: Request): Promise<void> {
    const settings = Object.fromEntries(asked.map(([name, from]) => [name, field(req, from)]));
    // Empty, it would fall back to an address that is right on the machine itself alone.
    if (settings['ALUCO_URL']?.trim() === '') {
      throw new SettingsProblem([{ field: 'ALUCO_URL', code: 'setting_invalid_url', params: {} }]);
    }
    const language = house.isGiven('ALUCO_LANGUAGE') ? config.ALUCO_LANGUAGE : field(req, 'language');
    const write = house.prepare(settings);
    const mailbox = field(req, 'mailbox').trim();
    const person = {
      loginName: field(req, 'loginName'),
      password: field(req, 'password'),
      language: language === 'en' ? ('en' as const) : ('fr' as const),
      ...(mailbox === '' ? {} : { mailbox }),
    };
    await firstRun.add(person, write);
  }

  router.get('/', async (req, res, next) => {
    if (!(await firstRun.isNeeded()) || (await visits.findPerson(req, res)) !== undefined) return next();
    const links = { firstRunUrl: FIRST_RUN_PATH, signInUrl: '/account' };
    res.send(noAdministratorPage(visits.frame(req), { command: FIRST_RUN_COMMAND, ...links }));
  });

  router.get(FIRST_RUN_PATH, async (req, res) => {
    await requireNeed();
    showCode(req, res, blank());
  });

  router.post(FIRST_RUN_PATH, async (req, res) => {
    await requireNeed();
    const { t, language } = visits.frame(req);
    try {
      await firstRun.admit(field(req, 'code'), req.ip ?? '');
    } catch (error) {
      const form = withError(t, {}, error, CODE_FIELDS);
      if (!(error instanceof UserError)) throw error;
      const { seconds } = error.params;
      if (seconds !== undefined) res.setHeader('retry-after', String(seconds));
      log.info({ event: 'first_run_refused', code: error.code });
      res.status(statusOf(error.code));
      return showCode(req, res, form);
    }
    if (field(req, 'step') !== 'settings') {
      return showSettings(req, res, blank(await suggestions(req, language)));
    }
    try {
      await begin(req);
    } catch (error) {
      if (error instanceof UserError && error.code === 'administrator_exists') throw new UserError('not_found');
      const names = [...asked.map(([, name]) => name), 'loginName', 'mailbox'];
      const values = Object.fromEntries(names.map((name) => [name, field(req, name).slice(0, KEPT_MAX)]));
      const form = withError(t, values, error, FIELDS);
      res.status(error instanceof UserError ? statusOf(error.code) : 422);
      return showSettings(req, res, form);
    }
    log.info({ event: 'first_administrator' });
    const address = house.isGiven('ALUCO_URL') ? config.ALUCO_URL : field(req, 'url').trim();
    await onHouseChanged();
    res.send(firstRunDonePage(visits.frame(req), { address }));
  });

  return router;
}
