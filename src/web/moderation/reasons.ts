import { Router, type Request } from 'express';
import { reasonsPage } from '../../../views/moderation/reasons.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Application } from '../../applications/applications.ts';
import { reasonsOf, type Moderation, type Reason } from '../../moderation/moderation.ts';
import { randomId } from '../../storage/seal.ts';
import { blank, field, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Visits } from '../visit.ts';

type Needs = { moderation: Pick<Moderation, 'reasons'>; visits: Visits };

/** As many lines as the list may have, and no more than so many empty ones in sight. */
const LINES_MAX = 30;
const EMPTY_LINES = 3;

const linesFor = (reasons: number): number => Math.min(LINES_MAX, reasons + EMPTY_LINES);

function formOf(reasons: readonly Reason[]): Form {
  return blank(
    Object.fromEntries(
      reasons.flatMap(({ fr, en }, at) => [
        [`fr-${at}`, fr],
        [`en-${at}`, en],
      ]),
    ),
  );
}

/** What was typed, line by line; a line of the list keeps its id. */
function typed(req: Request, before: readonly Reason[]): (Reason & { at: number })[] {
  return Array.from({ length: LINES_MAX }, (_, at) => ({
    at,
    id: before[at]?.id ?? randomId().toLowerCase().replaceAll('_', '-'),
    fr: field(req, `fr-${at}`).trim(),
    en: field(req, `en-${at}`).trim(),
  })).filter(({ fr, en }) => fr !== '' || en !== '');
}

/** What moderators of an application give as reasons. */
export function reasonRoutes({ moderation: { reasons }, visits }: Needs): Router {
  const router = Router();

  const isOwn = ({ moderation }: Application): boolean => moderation.reasons.length > 0;

  router.get(
    '/moderation/:application/reasons',
    visits.forModerator(({ application, csrf, frame }, req, res) => {
      const list = reasonsOf(application);
      const data = { application, lines: linesFor(list.length), isOwn: isOwn(application), form: formOf(list), csrf };
      res.send(reasonsPage(frame, { ...data, notice: notice(req, frame.t) }));
    }),
  );

  router.post(
    '/moderation/:application/reasons',
    visits.forModerator(async ({ actor, application, csrf, frame }, req, res) => {
      const list = field(req, 'usual') === '' ? typed(req, reasonsOf(application)) : [];
      try {
        await reasons.set(actor, application.id, list);
        res.redirect(303, `/moderation/${application.id}/reasons?notice=saved`);
      } catch (error) {
        const values = Object.fromEntries(
          list.flatMap(({ at, fr, en }) => [
            [`fr-${at}`, fr],
            [`en-${at}`, en],
          ]),
        );
        const first = list.find(({ fr, en }) => fr === '' || en === '' || fr.length > 120 || en.length > 120);
        const wrong =
          first === undefined ? '' : `${first.fr === '' || first.fr.length > 120 ? 'fr' : 'en'}-${first.at}`;
        const form = withError(frame.t, values, error, { moderation: wrong });
        const lines = linesFor(Math.max(reasonsOf(application).length, ...list.map(({ at }) => at + 1)));
        res.status(422).send(reasonsPage(frame, { application, lines, isOwn: isOwn(application), form, csrf }));
      }
    }),
  );

  return router;
}
