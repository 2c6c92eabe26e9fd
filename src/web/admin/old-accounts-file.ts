import { Router, type Request, type Response } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import { sourceOf, type Legacy, type Upload } from '../../legacy/legacy.ts';
import { filePage } from '../../../views/admin/oldAccountsFile.tsx';
import { messageFor } from '../../../views/text.ts';
import { param } from '../form.ts';
import { notice } from '../notice.ts';
import { sendAsItComes } from '../send-as-it-comes.ts';
import type { Person, Visits } from '../visit.ts';
import { applicationOf, OLD_ACCOUNTS, placeOf } from './old-accounts-place.ts';
import { doneInWords, progressInWords, reportInWords, sizeInWords } from './old-accounts-words.ts';

type Needs = {
  applications: Pick<Applications, 'find'>;
  legacy: Pick<Legacy, 'uploads'>;
  now: () => number;
  visits: Visits;
};

/** How often a page that is followed loads itself again, in seconds. */
const AGAIN = 5;
const BUSY: ReadonlySet<Upload['step']> = new Set(['waiting', 'checking', 'asked', 'importing']);

/** Administrators' page of a file on its way: its check, its import, what was rejected. */
export function oldAccountsFileRoutes({ applications, legacy: { uploads }, now, visits }: Needs): Router {
  const router = Router();
  const FILE = `${OLD_ACCOUNTS}/files/:file`;

  /** @throws {UserError} not_found */
  async function uploadOf(application: Application, req: Request): Promise<Upload> {
    const upload = await uploads.find(application.id, param(req, 'file'));
    if (upload === undefined) throw new UserError('not_found');
    return upload;
  }

  const pathOf = (application: Application, id: string): string => `${placeOf(application).path}/files/${id}`;

  function render({ frame, csrf }: Person, req: Request, application: Application, upload: Upload): string {
    const { t, language } = frame;
    const { id, step, isLeft, source, name, size, report, done, batchId, problem } = upload;
    const path = pathOf(application, id);
    const follows = req.query['follow'] === 'yes';
    return filePage(frame, {
      application: placeOf(application),
      path,
      facts: [
        [t('admin.old.file.name'), name || t('admin.old.file.unnamed')],
        [t('admin.old.file.source'), sourceOf(source)?.name ?? source],
        [t('admin.old.file.size'), sizeInWords(t, language, size)],
      ],
      step,
      isLeft,
      problem: problem === undefined ? undefined : messageFor(t, problem.code, problem.params),
      progress: progressInWords(t, language, upload, now()),
      follows,
      followUrl: follows ? path : `${path}?follow=yes`,
      // Once it is imported, what was done says more than what was expected.
      report: report === undefined || step === 'done' ? undefined : reportInWords(t, language, report),
      counts: done === undefined ? undefined : doneInWords(t, language, done),
      rejected: done?.rejected ?? 0,
      batchUrl: batchId === undefined ? undefined : `${placeOf(application).path}/batches/${batchId}`,
      csrf,
      notice: notice(req, t),
    });
  }

  router.get(
    FILE,
    visits.forAdministrator(async (person, req, res) => {
      const application = await applicationOf(applications, req);
      const upload = await uploadOf(application, req);
      // Without a script, and only where somebody asked for it: a page that loads itself again begins to be read anew.
      if (req.query['follow'] === 'yes' && BUSY.has(upload.step))
        res.setHeader('refresh', `${AGAIN}; url=${pathOf(application, upload.id)}?follow=yes`);
      res.send(render(person, req, application, upload));
    }),
  );

  /** A button that does one thing with a file. */
  function act(
    name: string,
    said: string,
    does: (applicationId: string, id: string) => Promise<void>,
    to: (application: Application, id: string) => string,
  ): void {
    const handler = async (_person: Person, req: Request, res: Response): Promise<void> => {
      const application = await applicationOf(applications, req);
      const { id } = await uploadOf(application, req);
      await does(application.id, id);
      const address = to(application, id);
      res.redirect(303, `${address}${address.includes('?') ? '&' : '?'}notice=${said}`);
    };
    router.post(`${FILE}/${name}`, visits.forRecentAdministrator(handler));
  }

  const followed = (application: Application, id: string): string => `${pathOf(application, id)}?follow=yes`;
  act('import', 'old_import_asked', uploads.begin, followed);
  act('stop', 'old_stopped', uploads.stop, followed);
  act('go-on', 'old_going_on', uploads.goOn, followed);
  act('discard', 'old_discarded', uploads.discard, (application) => placeOf(application).path);

  router.get(
    `${FILE}/rejects`,
    visits.forRecentAdministrator(async (_person, req, res) => {
      const application = await applicationOf(applications, req);
      const { id } = await uploadOf(application, req);
      const isJson = await areJson(await uploads.rejects(application.id, id));
      // A spreadsheet would look for cells between the commas of JSON, and for formulas in them (A92).
      const [ending, type] = isJson ? ['jsonl', 'application/jsonl'] : ['csv', 'text/csv'];
      const lines = await uploads.rejects(application.id, id);
      await sendAsItComes(res, `${application.id}-rejects.${ending}`, type, lines);
    }),
  );

  return router;
}

/** Whether a file of rejects is written in JSON, which its first character tells. Nothing of it is left open. */
async function areJson(parts: AsyncIterable<Buffer>): Promise<boolean> {
  for await (const first of parts) return first.toString('latin1', 0, 1) === '{';
  return false;
}
