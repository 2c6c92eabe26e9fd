import { Router, type Request } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import type { Legacy } from '../../legacy/legacy.ts';
import { noticesPage } from '../../../views/admin/oldAccountsNotices.tsx';
import type { Said } from '../../../views/admin/oldAccountsFile.tsx';
import { drawLetter } from '../../../views/mail/letter.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { momentText } from '../../../views/parts/When.tsx';
import { blank, field, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { applicationOf, OLD_ACCOUNTS, placeOf } from './old-accounts-place.ts';

type Needs = {
  applications: Pick<Applications, 'find'>;
  config: Pick<Config, 'ALUCO_CONTACT' | 'ALUCO_NAME' | 'ALUCO_SMTP' | 'ALUCO_URL'>;
  isQuiet: () => Promise<boolean>;
  legacy: Pick<Legacy, 'notices'>;
  visits: Visits;
};

const FIELDS = { notices_no_mail: 'size', notices_shut: 'size', notices_nobody: 'size', notices_changed: 'size' };

/** Stands in the letter that is shown for what is different in each. */
const EACH = '…';

/** A number as it is written, and none that is not plainly one. */
const numberOf = (text: string): number => (/^\d{1,5}$/u.test(text) ? Number(text) : Number.NaN);

/** Administrators' page of letters to old addresses. */
export function oldAccountsNoticesRoutes({
  applications,
  config,
  isQuiet,
  legacy: { notices },
  visits,
}: Needs): Router {
  const router = Router();
  const NOTICES = `${OLD_ACCOUNTS}/notices`;
  const house = { name: config.ALUCO_NAME, url: config.ALUCO_URL, contact: config.ALUCO_CONTACT };

  async function render(person: Person, req: Request, application: Application, typed?: Form): Promise<string> {
    const { frame, csrf } = person;
    const { t, language } = frame;
    const now = await notices.state(application.id);
    const number = (value: number): string => new Intl.NumberFormat(language).format(value);
    const facts: (readonly [string, number])[] = [
      [t('admin.old.notice.round'), now.round],
      [t('admin.old.notice.sent'), now.sent],
      [t('admin.old.notice.free'), now.free],
      [t('admin.old.notice.unsubscribed'), now.unsubscribed],
      [t('admin.old.notice.refused'), now.refused],
    ];
    const next: Said[] =
      now.nextAt === undefined ? [] : [[t('admin.old.notice.next'), momentText(language, now.nextAt)]];
    const isHeld = now.state === 'running' && (await isQuiet());
    const hasBegun = now.state === 'running' || now.state === 'stopped';
    const values = { application: application.name, old_accounts: application.id, stop: EACH };
    const { subject, text } = drawLetter(
      now.state === 'none' ? language : now.language,
      house,
      'old_name_notice',
      values,
    );
    const heldBy = isHeld
      ? 'quiet'
      : config.ALUCO_SMTP === ''
        ? 'no_mail'
        : application.entry.kind === 'nobody'
          ? 'shut'
          : undefined;
    return noticesPage(frame, {
      application: placeOf(application),
      path: `${placeOf(application).path}/notices`,
      step: now.state,
      facts: [...facts.map(([label, value]): Said => [label, number(value)]), ...next],
      progress: hasBegun
        ? {
            part: Math.min(1, now.seen / Math.max(1, now.free)),
            words: t('admin.old.notice.seen', { seen: now.seen, free: now.free }),
          }
        : undefined,
      held: heldBy === undefined ? undefined : t(`admin.old.notice.${heldBy}`),
      form:
        typed ??
        blank({
          size: String(now.size),
          pause: String(now.pause),
          language: now.state === 'none' ? language : now.language,
        }),
      letter: { subject, text: text.replaceAll(encodeURIComponent(EACH), EACH) },
      csrf,
      notice: notice(req, t),
    });
  }

  router.get(
    NOTICES,
    visits.forAdministrator(async (person, req, res) => {
      res.send(await render(person, req, await applicationOf(applications, req)));
    }),
  );

  router.post(
    `${NOTICES}/begin`,
    visits.forRecentAdministrator(async (person, req, res) => {
      const application = await applicationOf(applications, req);
      const [size, pause] = [field(req, 'size').trim(), field(req, 'pause').trim()];
      const language = field(req, 'language') === 'en' ? 'en' : 'fr';
      try {
        await notices.begin(application.id, { size: numberOf(size), pause: numberOf(pause), language });
        res.redirect(303, `${placeOf(application).path}/notices?notice=old_notices_begun`);
      } catch (error) {
        const typed = { size: size.slice(0, 20), pause: pause.slice(0, 20), language };
        const form = withError(person.frame.t, typed, error, FIELDS);
        res.status(422).send(await render(person, req, application, form));
      }
    }),
  );

  router.post(
    `${NOTICES}/stop`,
    visits.forRecentAdministrator(async (_person, req, res) => {
      const application = await applicationOf(applications, req);
      await notices.stop(application.id);
      res.redirect(303, `${placeOf(application).path}/notices?notice=old_notices_stopped`);
    }),
  );

  return router;
}
