import { Router, type Request } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import { SettingsProblem, UserError } from '../../errors.ts';
import { isUnfinished, sourceOf, type Batch, type Legacy } from '../../legacy/legacy.ts';
import { dayOf } from '../../days.ts';
import { oldAccountsPage, type OldAccountsEntry } from '../../../views/admin/oldAccounts.tsx';
import { batchPage } from '../../../views/admin/oldAccountsBatch.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { momentText } from '../../../views/parts/When.tsx';
import { blank, field, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { applicationOf, OLD_ACCOUNTS, placeOf } from './old-accounts-place.ts';
import { doneInWords } from './old-accounts-words.ts';

type Needs = {
  applications: Pick<Applications, 'find'>;
  legacy: Pick<Legacy, 'batches' | 'figures' | 'uploads'>;
  visits: Visits;
};

/** The form has no field: what is wrong is said above it. */
const CLOSE_FIELDS = { legacy_busy: 'close', legacy_batch_over: 'close' };
const FORGET_FIELDS = { legacy_unfinished: 'when', legacy_day_invalid: 'day', forget_day_invalid: 'day' };
const UNDO_FIELDS = {
  legacy_reverse_first: 'reverseRun',
  legacy_taken: 'reverseRun',
  legacy_busy: 'reverseRun',
  legacy_unfinished: 'reverseRun',
};

const nameOfSource = (id: string): string => sourceOf(id)?.name ?? id;

/** Administrators' pages of an application's old accounts: all that was imported, and each import. */
export function oldAccountsRoutes({ applications, legacy, visits }: Needs): Router {
  const router = Router();
  const { batches, figures, uploads } = legacy;

  /** @throws {UserError} not_found */
  async function batchOf(application: Application, req: Request): Promise<Batch> {
    const batch = await batches.find(param(req, 'batch'));
    if (batch?.applicationId !== application.id) throw new UserError('not_found');
    return batch;
  }

  async function overview(person: Person, req: Request, application: Application): Promise<string> {
    const { frame } = person;
    const { t } = frame;
    const place = placeOf(application);
    const all = await batches.list(application.id);
    const counted = await figures.ofBatches(all);
    return oldAccountsPage(frame, {
      application: place,
      files: (await uploads.list(application.id)).map(({ id, name, source, step, at }): OldAccountsEntry => ({
        url: `${place.path}/files/${id}`,
        label: t('admin.old.file_label', { name: name || t('admin.old.file.unnamed'), source: nameOfSource(source) }),
        day: dayOf(at),
        state: t(`admin.old.file.${step}`),
      })),
      batches: all.map(({ id, day, source, status, tally }) => {
        const { taken } = counted.get(id) ?? { taken: 0 };
        return {
          url: `${place.path}/batches/${id}`,
          // How many it brought, undone or not, as its own page and the command say.
          label: t('admin.old.batch_label', { source: nameOfSource(source), count: tally.names }),
          day,
          state: t('admin.old.batch_state', { status: t(`admin.old.batch.${status}`), taken }),
        };
      }),
      hasNames: [...counted.values()].some(({ free, taken }) => free + taken > 0),
      notice: notice(req, t),
    });
  }

  async function batchShown(
    person: Person,
    req: Request,
    application: Application,
    batch: Batch,
    forms: { close?: Form; forget?: Form; undo?: Form } = {},
  ): Promise<string> {
    const { frame, csrf } = person;
    const { t, language } = frame;
    const place = placeOf(application);
    const { free, taken } = (await figures.ofBatches([batch])).get(batch.id) ?? { free: 0, taken: 0 };
    const { status, forgotten, forgetOn } = batch;
    const file = (await uploads.list(application.id)).find(({ batchId }) => batchId === batch.id);
    const isUndone = status === 'undone';
    const mayForget = status === 'done' && forgotten === undefined;
    const mayClose = isUnfinished(batch) && !batches.isRunning(batch);
    return batchPage(frame, {
      application: place,
      path: `${place.path}/batches/${batch.id}`,
      title: t('admin.old.batch.title', { day: momentText(language, batch.day) }),
      state: t(`admin.old.batch.${status}`),
      facts: [
        [t('admin.old.batch.source'), nameOfSource(batch.source)],
        ...doneInWords(t, language, batch.tally),
        [t('admin.old.batch.free'), new Intl.NumberFormat(language).format(free)],
        ...(forgotten === undefined
          ? []
          : [[t('admin.old.batch.forgotten'), momentText(language, forgotten)] as const]),
      ],
      fileUrl: file === undefined ? undefined : `${place.path}/files/${file.id}`,
      free,
      taken,
      days: await figures.takenByDay(batch.id),
      forgetDay: forgetOn,
      closeForm: mayClose ? (forms.close ?? blank()) : undefined,
      forgetForm: mayForget ? (forms.forget ?? blank({ when: 'day', day: forgetOn ?? '' })) : undefined,
      // What is left of one that was undone halfway is undone by asking again.
      undoForm: (isUndone && free === 0) || taken > 0 ? undefined : (forms.undo ?? blank()),
      undoReason: !isUndone && taken > 0 ? t('admin.old.undo.taken') : undefined,
      csrf,
      notice: notice(req, t),
    });
  }

  /** @throws {SettingsProblem} */
  async function forget(req: Request, { id, forgetOn }: Batch): Promise<string> {
    const isNow = field(req, 'when') === 'now';
    const day = field(req, 'day').trim();
    if (!isNow && day === '' && forgetOn !== undefined) {
      await batches.forgetOn(id, undefined);
      return 'old_forget_unset';
    }
    if (!isNow && day === '') throw new SettingsProblem([{ field: 'day', code: 'forget_day_invalid', params: {} }]);
    if (field(req, 'sure') === '') throw new SettingsProblem([{ field: 'sure', code: 'sure_needed', params: {} }]);
    if (isNow) await batches.forget(id);
    else await batches.forgetOn(id, day);
    return isNow ? 'old_forgotten' : 'old_forget_set';
  }

  router.get(
    OLD_ACCOUNTS,
    visits.forAdministrator(async (person, req, res) => {
      res.send(await overview(person, req, await applicationOf(applications, req)));
    }),
  );

  router.get(
    `${OLD_ACCOUNTS}/batches/:batch`,
    visits.forAdministrator(async (person, req, res) => {
      const application = await applicationOf(applications, req);
      res.send(await batchShown(person, req, application, await batchOf(application, req)));
    }),
  );

  router.post(
    `${OLD_ACCOUNTS}/batches/:batch/close`,
    visits.forRecentAdministrator(async (person, req, res) => {
      const application = await applicationOf(applications, req);
      const batch = await batchOf(application, req);
      try {
        await batches.close(batch.id);
        res.redirect(303, `${placeOf(application).path}/batches/${batch.id}?notice=old_closed`);
      } catch (error) {
        const wrong = withError(person.frame.t, {}, error, CLOSE_FIELDS);
        res.status(422).send(await batchShown(person, req, application, batch, { close: wrong }));
      }
    }),
  );

  router.post(
    `${OLD_ACCOUNTS}/batches/:batch/forget`,
    visits.forRecentAdministrator(async (person, req, res) => {
      const application = await applicationOf(applications, req);
      const batch = await batchOf(application, req);
      try {
        const said = await forget(req, batch);
        res.redirect(303, `${placeOf(application).path}/batches/${batch.id}?notice=${said}`);
      } catch (error) {
        const when = field(req, 'when') === 'now' ? 'now' : 'day';
        const typed = { when, day: field(req, 'day').slice(0, 20), sure: field(req, 'sure').slice(0, 2) };
        const wrong = withError(person.frame.t, typed, error, FORGET_FIELDS);
        res.status(422).send(await batchShown(person, req, application, batch, { forget: wrong }));
      }
    }),
  );

  router.post(
    `${OLD_ACCOUNTS}/batches/:batch/undo`,
    visits.forRecentAdministrator(async (person, req, res) => {
      const application = await applicationOf(applications, req);
      const batch = await batchOf(application, req);
      try {
        await batches.undo(batch.id, { reverseRun: field(req, 'reverseRun') !== '' });
        res.redirect(303, `${placeOf(application).path}/batches/${batch.id}?notice=old_undone`);
      } catch (error) {
        const wrong = withError(person.frame.t, {}, error, UNDO_FIELDS);
        res.status(422).send(await batchShown(person, req, application, batch, { undo: wrong }));
      }
    }),
  );

  return router;
}
