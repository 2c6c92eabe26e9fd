import { Router, type Request } from 'express';
import type { Application, Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import {
  answersTo,
  ENGINES,
  protocolOf,
  sourceForTemplate,
  sourceOf,
  textOf,
  DATABASE,
  writingCommands,
  type Engine,
  type Legacy,
  type LinkKind,
  type LinkOptions,
  type Source,
  type Way,
} from '../../legacy/legacy.ts';
import { tellPage, type TellAsk, type TellFile } from '../../../views/admin/oldAccountsTell.tsx';
import type { Translate } from '../../../views/text.ts';
import { blank } from '../form.ts';
import { notice } from '../notice.ts';
import { sendAsItComes } from '../send-as-it-comes.ts';
import type { Visits } from '../visit.ts';
import { applicationOf, OLD_ACCOUNTS, placeOf } from './old-accounts-place.ts';

type Needs = {
  applications: Pick<Applications, 'clientsOf' | 'find' | 'serviceProvidersOf'>;
  issuer: string;
  legacy: Pick<Legacy, 'batches' | 'links'>;
  visits: Visits;
};

type Ways = {
  readonly clients: Awaited<ReturnType<Needs['applications']['clientsOf']>>;
  readonly protocol: LinkOptions['protocol'];
};

/** A question of a form, what is answered at first, and whether the command has to be told that. */
type Asked = { readonly ask: TellAsk; readonly first: string; readonly isSaid: boolean };

const ALL_ENGINES = [...ENGINES, 'api'] as const;
const NAMES = { postgres: 'PostgreSQL', mysql: 'MySQL, MariaDB', sqlite: 'SQLite', api: 'API' } as const;
const PROTOCOLS = [
  { value: 'oidc', label: 'OpenID Connect' },
  { value: 'saml', label: 'SAML' },
] as const;
const KINDS = ['link', 'move'] as const;

/** The file a download is saved as, as the documentation calls it. */
const fileOf = (kind: LinkKind, way: Way, ending: string): string => `${way === 'back' ? 'un' : ''}${kind}.${ending}`;

function enginesOf(source: Source, kind: LinkKind): (Engine | 'api')[] {
  return ALL_ENGINES.filter((engine) => source[kind][engine] !== undefined);
}

/** Whether there is anything that such an application can be told by a file, or that is said of it instead. */
const isTold = (source: Source): boolean =>
  source.linkNote !== undefined || KINDS.some((kind) => enginesOf(source, kind).length > 0);

/** What its database is called in the installations that its own documentation describes. */
const usualNames = (source: Source, databases: readonly Engine[]): string =>
  [...new Set(databases.map((engine) => source.usual?.[engine]?.database ?? DATABASE))].join(', ');

/** Administrators' page of the files that tell an application whose each of its accounts is. */
export function oldAccountsTellRoutes({ applications, issuer, legacy, visits }: Needs): Router {
  const router = Router();
  const TELL = `${OLD_ACCOUNTS}/tell`;

  /**
   * What it is, as its template says and the command takes it too; where none does, what its names came from. A table of
   * some further names tells nothing of it.
   */
  async function sourceFor(application: Application): Promise<Source> {
    const usual = sourceForTemplate(application.template?.id);
    if (isTold(usual)) return usual;
    const imported = (await legacy.batches.list(application.id)).filter(({ status }) => status !== 'undone');
    const sources = imported.map(({ source }) => sourceOf(source) ?? usual);
    return sources.find(isTold) ?? sources[0] ?? usual;
  }

  /** By which clients, and so most likely by which protocol, an application signs people in. */
  async function waysOf({ id }: Application): Promise<Ways> {
    const clients = await applications.clientsOf(id);
    return { clients, protocol: protocolOf(clients, await applications.serviceProvidersOf(id)) };
  }

  /** @throws {UserError} legacy_answer */
  async function optionsOf(
    application: Application,
    source: Source,
    asked: Readonly<Record<string, unknown>>,
  ): Promise<LinkOptions> {
    const uid = asked['uid'] === 'name' || asked['uid'] === 'subject' ? asked['uid'] : (source.uid ?? 'subject');
    const chosen = PROTOCOLS.find(({ value }) => value === asked['protocol'])?.value;
    const { clients, protocol } = await waysOf(application);
    const given = (source.asks ?? []).flatMap(({ key }) => {
      const answer = asked[key];
      return typeof answer === 'string' && answer.trim() !== '' ? [[key, answer.trim()] as const] : [];
    });
    const ids = clients.map(({ id }) => id);
    return { protocol: chosen ?? protocol, uid, issuer, answers: answersTo(source, Object.fromEntries(given), ids) };
  }

  /** What its form asks besides, and what is answered at first. */
  function asksOf(t: Translate, there: Ways['clients'], { asks = [] }: Source): readonly Asked[] {
    const clients = there.map(({ id, label }) => ({ value: id, label: label === '' ? id : `${label} (${id})` }));
    return asks.map(({ key, preset, options }) => ({
      ask: {
        name: key,
        label: t(`admin.old.tell.ask.${key}`),
        options:
          preset === 'client-id'
            ? clients
            : options?.map((value) => ({ value, label: t(`admin.old.tell.answer.${value}`) })),
      },
      first: preset === 'client-id' ? (clients[0]?.value ?? '') : preset.value,
      // Where it has just one, the command takes that by itself.
      isSaid: preset === 'client-id' && clients.length > 1,
    }));
  }

  function shown(
    t: Translate,
    application: Application,
    source: Source,
    kind: LinkKind,
    { clients, protocol }: Ways,
  ): TellFile {
    const engines = enginesOf(source, kind);
    const [engine = ''] = engines;
    const databases = ENGINES.filter((one) => engines.includes(one));
    const uid = source.uid ?? 'subject';
    const isLink = kind === 'link';
    const asked = isLink ? asksOf(t, clients, source) : [];
    const said = asked.filter(({ isSaid }) => isSaid).map(({ ask, first }) => ` --answer ${ask.name}=${first}`);
    const more = isLink ? ` --protocol ${protocol}${said.join('')}` : '';
    return {
      kind,
      engines: engines.map((value) => ({ value, label: NAMES[value] })),
      protocols: isLink ? PROTOCOLS : [],
      uids: isLink
        ? [
            { value: 'subject', label: t('admin.old.tell.uid_subject') },
            { value: 'name', label: t('admin.old.tell.uid_name') },
          ]
        : [],
      asks: asked.map(({ ask }) => ask),
      form: blank({
        engine,
        protocol,
        uid,
        ...Object.fromEntries(asked.map(({ ask, first }) => [ask.name, first])),
      }),
      // Nobody knows here which database it is: each has its own.
      runs: databases.flatMap((one) => writingCommands(source, one, fileOf(kind, 'forward', 'sql'))),
      database:
        databases.length === 0
          ? undefined
          : t('admin.old.tell.database', { word: DATABASE, usual: usualNames(source, databases) }),
      writes: engines.map((one) => {
        const ending = source[kind][one]?.forward.kind ?? 'sql';
        const which = engines.length > 1 ? ` --engine ${one}` : '';
        const files = `--file ${fileOf(kind, 'forward', ending)} --reverse ${fileOf(kind, 'back', ending)}`;
        return `aluco legacy ${kind} --application ${application.id} --source ${source.id}${which}${more} ${files}`;
      }),
    };
  }

  router.get(
    TELL,
    visits.forAdministrator(async ({ frame }, req, res) => {
      const application = await applicationOf(applications, req);
      const source = await sourceFor(application);
      const kinds = KINDS.filter((kind) => enginesOf(source, kind).length > 0);
      const ways = await waysOf(application);
      res.send(
        tellPage(frame, {
          application: placeOf(application),
          path: `${placeOf(application).path}/tell`,
          source: source.name,
          files: kinds.map((kind) => shown(frame.t, application, source, kind, ways)),
          note: source.linkNote && frame.t(`legacy.link_note.${source.linkNote}`),
          notice: notice(req, frame.t),
        }),
      );
    }),
  );

  /** @throws {UserError} not_found, legacy_no_link, legacy_no_relay, legacy_answer */
  async function written(req: Request, kind: LinkKind, isBack: boolean) {
    const application = await applicationOf(applications, req);
    const source = await sourceFor(application);
    const known = enginesOf(source, kind);
    const engine = known.find((one) => one === req.query['engine']) ?? known[0];
    const script = engine === undefined ? undefined : source[kind][engine];
    if (engine === undefined || script === undefined) throw new UserError('legacy_no_link');
    const options = await optionsOf(application, source, req.query);
    const files = legacy.links.write(application, source, { kind, engine, options, isBack });
    return { files, ending: script.forward.kind };
  }

  for (const kind of KINDS) {
    for (const way of ['forward', 'back'] as const) {
      router.get(
        `${TELL}/${kind}/${way}`,
        visits.forRecentAdministrator(async (_person, req, res) => {
          const { files, ending } = await written(req, kind, way === 'back');
          await sendAsItComes(res, fileOf(kind, way, ending), 'text/plain; charset=utf-8', textOf(files, way));
        }),
      );
    }
  }

  return router;
}
