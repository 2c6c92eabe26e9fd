import { Router, type Request } from 'express';
import type { Applications } from '../../applications/applications.ts';
import { HOUSE_SETTINGS, PROXIES_MAX, SETTINGS, type Config, type HouseName, type HouseValues } from '../../config.ts';
import { SettingsProblem, type FieldProblem } from '../../errors.ts';
import type { House } from '../../house/house.ts';
import { housePage, type HouseData } from '../../../views/admin/house.tsx';
import { houseMovedPage } from '../../../views/admin/houseMoved.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { languageNames, type Language, type Translate } from '../../../views/text.ts';
import { blank, field, fieldList, withError } from '../form.ts';
import { arrivalOf, type Arrival } from '../forwarded.ts';
import type { Look } from '../look.ts';
import { notice } from '../notice.ts';
import { pictureAfter, takeUpload } from '../upload.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  applications: Pick<Applications, 'list'>;
  config: Config;
  house: House;
  look: Look;
  onHouseChanged: () => Promise<void>;
  visits: Visits;
};

/** What is typed comes back so far: longer than any value that is accepted, so that nothing that was cut is. */
const SHOWN = PROXIES_MAX + 1;

/** The name of a setting's field. */
const fieldOf = (name: HouseName): string => name.slice('ALUCO_'.length).toLowerCase();
const FIELDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(HOUSE_SETTINGS.map((name) => [name, fieldOf(name)])),
  ALUCO_LOGO: 'picture',
};
/** These may not be emptied: their defaults are for a trial on one machine. */
const NEEDED: ReadonlySet<HouseName> = new Set<HouseName>(['ALUCO_URL', 'ALUCO_ALIAS_DOMAIN', 'ALUCO_LANGUAGES']);

/** A setting as it stands, as text. */
function textOf(config: Config, name: HouseName): string {
  const value = config[name];
  if (!Array.isArray(value)) return String(value);
  return value.map((item) => (typeof item === 'string' ? item : item.join('/'))).join(' ');
}

/** Whether the way that the administrator's own request came speaks for the trusted proxies as they are set. */
function verdictOn(t: Translate, { peer, forwarded, trusted }: Arrival): string {
  if (trusted) return forwarded === '' ? t('admin.house.verdict_silent') : t('admin.house.verdict_good');
  return forwarded === '' ? t('admin.house.verdict_direct') : t('admin.house.verdict_ignored', { peer });
}

/** The page of the house: its settings that the environment leaves open, kept in the database. */
export function houseRoutes({ applications, config, house, look, onHouseChanged, visits }: Needs): Router {
  const router = Router();
  const given = HOUSE_SETTINGS.filter((name) => house.isGiven(name));
  const open = HOUSE_SETTINGS.filter((name) => !house.isGiven(name));

  /** What is set now: what is kept, the default otherwise. */
  const current = (kept: HouseValues, name: HouseName): string =>
    house.isGiven(name) ? textOf(config, name) : (kept[name] ?? SETTINGS[name].fallback);

  function typedBy(req: Request, kept: HouseValues, name: HouseName): string {
    if (name === 'ALUCO_LOGO') return pictureAfter(req, current(kept, name));
    return (name === 'ALUCO_LANGUAGES' ? fieldList(req, 'languages').join(' ') : field(req, fieldOf(name))).trim();
  }

  /** What the form asks to be changed; what is set back to its default is no longer kept. */
  function changesOf(req: Request, kept: HouseValues): HouseValues {
    return Object.fromEntries(
      open.flatMap((name) => {
        const typed = typedBy(req, kept, name);
        return typed === current(kept, name) ? [] : [[name, typed]];
      }),
    );
  }

  function problemsOf(changes: HouseValues, kept: HouseValues): FieldProblem[] {
    const after = (name: HouseName): string => changes[name] ?? current(kept, name);
    const missing = open.filter((name) => NEEDED.has(name) && changes[name] === '');
    const problems = [
      ...house.problemsOf(changes),
      ...missing.map((name) => ({ field: name, code: `setting_invalid_${fieldOf(name)}`, params: {} })),
    ];
    const wrong = new Set(problems.map((problem) => problem.field));
    const spoken = after('ALUCO_LANGUAGES').split(/[\s,]+/u);
    const isAsked = changes.ALUCO_LANGUAGE !== undefined || changes.ALUCO_LANGUAGES !== undefined;
    if (isAsked && !wrong.has('ALUCO_LANGUAGES') && !wrong.has('ALUCO_LANGUAGE')) {
      if (!spoken.includes(after('ALUCO_LANGUAGE') || SETTINGS.ALUCO_LANGUAGE.fallback))
        problems.push({ field: 'ALUCO_LANGUAGE', code: 'setting_language_not_offered', params: {} });
    }
    return problems;
  }

  async function breaksOf(changes: HouseValues): Promise<HouseData['breaks']> {
    const [address, domain] = [changes.ALUCO_URL !== undefined, changes.ALUCO_ALIAS_DOMAIN !== undefined];
    if (!address && !domain) return undefined;
    const names = (await applications.list()).map(({ name }) => name);
    return names.length === 0 ? undefined : { address, domain, applications: [...new Set(names)] };
  }

  function render(
    person: Person,
    req: Request,
    form: Form,
    more: Partial<Pick<HouseData, 'breaks' | 'notice'>> & { offered: readonly string[] },
  ): string {
    const { t } = person.frame;
    const arrival = arrivalOf(req, config.ALUCO_TRUSTED_PROXIES);
    return housePage(person.frame, {
      form,
      csrf: person.csrf,
      given: given.map(fieldOf),
      mails: config.ALUCO_SMTP !== '',
      shown: {
        sign_up: t(`admin.house.sign_up_${config.ALUCO_SIGN_UP}`),
        second_factor: t(`admin.house.second_factor_${config.ALUCO_SECOND_FACTOR}`),
        logo: look.instance.logoUrl ?? '',
        language: languageNames[config.ALUCO_LANGUAGE],
        languages: config.ALUCO_LANGUAGES.map((language: Language) => languageNames[language]).join(', '),
        connection_months: t('admin.house.months_value', { months: config.ALUCO_CONNECTION_MONTHS }),
      },
      arrival: { ...arrival, verdict: verdictOn(t, arrival) },
      ...more,
    });
  }

  /** The values that the form begins with; a picture is never text in it. */
  const valuesOf = (value: (name: HouseName) => string): Record<string, string> =>
    Object.fromEntries(
      HOUSE_SETTINGS.filter((name) => name !== 'ALUCO_LOGO').map((name) => [
        fieldOf(name),
        (house.isGiven(name) ? textOf(config, name) : value(name)).slice(0, SHOWN),
      ]),
    );

  router.get(
    '/admin/house',
    visits.forAdministrator(async (person, req, res) => {
      const kept = await house.kept();
      const offered = current(kept, 'ALUCO_LANGUAGES').split(/[\s,]+/u);
      const form = blank(valuesOf((name) => current(kept, name)));
      res.send(render(person, req, form, { offered, notice: notice(req, person.frame.t) }));
    }),
  );

  router.post(
    '/admin/house',
    visits.forAdministrator(async (person, req, res) => {
      const kept = await house.kept();
      const changes = changesOf(req, kept);
      const breaks = await breaksOf(changes);
      try {
        const problems = problemsOf(changes, kept);
        if (problems.length > 0) throw new SettingsProblem(problems);
        if (breaks !== undefined && field(req, 'confirm') === '')
          throw new SettingsProblem([{ field: 'confirm', code: 'setting_unconfirmed', params: {} }]);
        const fallen = Object.entries(changes) as [HouseName, string][];
        await house.change(
          Object.fromEntries(fallen.map(([name, text]) => [name, text === SETTINGS[name].fallback ? '' : text])),
        );
      } catch (error) {
        const values = {
          ...valuesOf((name) => typedBy(req, kept, name)),
          confirm: field(req, 'confirm'),
          removePicture: field(req, 'removePicture'),
          keptPicture: changes.ALUCO_LOGO ?? '',
        };
        const form = withError(person.frame.t, values, error, FIELDS);
        res.status(422).send(render(person, req, form, { offered: fieldList(req, 'languages'), breaks }));
        return;
      }
      await onHouseChanged();
      const address = changes.ALUCO_URL;
      if (address === undefined) return res.redirect(303, '/admin/house?notice=saved');
      // No redirection: where the new address does not answer, nobody would read how to take it back.
      const command = `aluco house set url ${current(kept, 'ALUCO_URL')}`;
      res.send(houseMovedPage(person.frame, { address, nextUrl: `${address}/admin/house?notice=saved`, command }));
    }, takeUpload),
  );

  return router;
}
