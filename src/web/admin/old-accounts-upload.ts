import { Router, type Request } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import {
  ENGINES,
  readingCommands,
  sourceForTemplate,
  sourceOf,
  SOURCES,
  type Legacy,
  type Source,
} from '../../legacy/legacy.ts';
import { uploadPage } from '../../../views/admin/oldAccountsUpload.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, param, withError } from '../form.ts';
import { makeUsersForm } from '../take-users.ts';
import type { Person, Visits } from '../visit.ts';
import { applicationOf, OLD_ACCOUNTS, placeOf } from './old-accounts-place.ts';
import { sizeInWords } from './old-accounts-words.ts';

type Needs = {
  applications: Pick<Applications, 'find'>;
  legacy: Pick<Legacy, 'uploads'>;
  visits: Visits;
};

/** What is wrong with the file, and what with the secrets that come along. */
const FIELDS = {
  upload_large: 'file',
  upload_empty: 'file',
  upload_missing: 'file',
  upload_no_room: 'file',
  uploads_full: 'file',
  source_unknown: 'file',
  secret_long: 'pepper',
};

const DATABASES = { postgres: 'PostgreSQL', mysql: 'MySQL, MariaDB', sqlite: 'SQLite' } as const;

/** Administrators' page that tells how people are read out of an application, and takes the file. */
export function oldAccountsUploadRoutes({ applications, legacy: { uploads }, visits }: Needs): Router {
  const router = Router();
  const usersForm = makeUsersForm({
    limit: uploads.limit,
    receive: (stream, req) => uploads.receive(param(req, 'id'), stream),
    drop: uploads.drop,
  });

  function render({ frame, csrf }: Person, application: Application, source: Source, form: Form): string {
    const { t, language } = frame;
    const statementFile = `${source.id}-export.sql`;
    return uploadPage(frame, {
      application: placeOf(application),
      sources: SOURCES.map(({ id, name }) => ({ value: id, label: name })),
      source: {
        id: source.id,
        name: source.name,
        statementFile,
        exports: ENGINES.flatMap((engine) => {
          const statement = source.exports[engine];
          if (statement === undefined) return [];
          return [{ engine: DATABASES[engine], statement, commands: readingCommands(source, engine, statementFile) }];
        }),
        columns: source.columns,
        secrets: source.secrets,
      },
      limit: sizeInWords(t, language, uploads.limit),
      form,
      csrf,
    });
  }

  const sourceFor = (application: Application, id: unknown): Source =>
    (typeof id === 'string' ? sourceOf(id) : undefined) ?? sourceForTemplate(application.template?.id);

  /** @throws {UserError} upload_missing, and what `uploads.add` throws */
  async function add(req: Request, application: Application): Promise<string> {
    const sent = usersForm.sentWith(req);
    if (sent === undefined) throw new UserError('upload_missing');
    const [pepper, salt] = [field(req, 'pepper'), field(req, 'salt')];
    const { id } = await uploads.add(application, sent, {
      source: field(req, 'source'),
      name: sent.name,
      secrets: { ...(pepper === '' ? {} : { pepper }), ...(salt === '' ? {} : { salt }) },
    });
    return id;
  }

  router.get(
    `${OLD_ACCOUNTS}/new`,
    visits.forRecentAdministrator(async (person, req, res) => {
      const application = await applicationOf(applications, req);
      res.send(render(person, application, sourceFor(application, req.query['source']), blank()));
    }),
  );

  router.post(
    `${OLD_ACCOUNTS}/new`,
    visits.forRecentAdministrator(async (person, req, res) => {
      const { frame } = person;
      const application = await applicationOf(applications, req).catch(async (error: unknown) => {
        await usersForm.dropSent(req);
        throw error;
      });
      try {
        const id = await add(req, application);
        res.redirect(303, `${placeOf(application).path}/files/${id}?follow=yes`);
      } catch (error) {
        const form = withError(frame.t, {}, error, FIELDS);
        res.status(422).send(render(person, application, sourceFor(application, field(req, 'source')), form));
      }
    }, usersForm.take),
  );

  return router;
}
