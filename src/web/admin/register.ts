import { Router, type Request, type Response } from 'express';
import { registerEntryPage, registerPage, type ShownRegisterEntry } from '../../../views/admin/register.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { UserError } from '../../errors.ts';
import { ANSWERS, headText, type Entry, type Register, type Unanswered } from '../../register/register.ts';
import { blank, field, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { registerFacts } from './register-words.ts';

type Needs = {
  /** Days after which a person is told. */
  noticeDays: number;
  register: Pick<Register, 'authorities' | 'csv' | 'find' | 'head' | 'latest'>;
  visits: Visits;
};

/** So many entries are on one page. */
const SIZE = 50;
/** What is shown again of words that were too long, in characters. */
const LONGEST = 4000;

const TYPED = {
  request: ['authority', 'basis', 'asked', 'received', 'deadline'],
  answer: ['answer', 'words', 'answered'],
} as const;

/** Administrators' pages of the register. */
export function registerRoutes({ noticeDays, register, visits }: Needs): Router {
  const { authorities } = register;
  const router = Router();

  const typed = <Name extends string>(req: Request, names: readonly Name[]): Record<Name, string> =>
    Object.fromEntries(names.map((name) => [name, field(req, name).slice(0, LONGEST)])) as Record<Name, string>;

  function shown(person: Person, entry: Entry, unanswered: readonly Unanswered[]): ShownRegisterEntry {
    const { t, language } = person.frame;
    const { number, hash, content } = entry;
    const open = unanswered.find((one) => one.number === number);
    return {
      number,
      at: Date.parse(content.at),
      title: t(`admin.register.kind.${content.kind}`),
      facts: registerFacts(t, language, content, noticeDays),
      hash,
      isRequest: content.kind === 'authority_request',
      ...(open === undefined ? {} : { state: open.isOverdue ? 'overdue' : 'waits' }),
    };
  }

  async function renderList(person: Person, req: Request, form: Form): Promise<string> {
    const before = Number(req.query['before']);
    const entries = await register.latest(Number.isSafeInteger(before) && before > 0 ? before : undefined, SIZE);
    const { unanswered, years } = await authorities.overview();
    const head = await register.head();
    const last = entries.at(-1)?.number ?? 1;
    return registerPage(person.frame, {
      entries: entries.map((entry) => shown(person, entry, unanswered)),
      years,
      overdue: unanswered.filter(({ isOverdue }) => isOverdue).length,
      head: head.number === 0 ? '' : headText(head),
      form,
      csrf: person.csrf,
      nextUrl: last > 1 ? `/admin/register?before=${last}` : undefined,
      notice: notice(req, person.frame.t),
    });
  }

  async function sendCsv(res: Response): Promise<void> {
    res.attachment('register.csv');
    res.type('text/csv; charset=utf-8');
    for await (const line of register.csv()) res.write(line);
    res.end();
  }

  async function sendJson(req: Request, res: Response): Promise<void> {
    const before = Number(req.query['before']);
    const entries = await register.latest(Number.isSafeInteger(before) && before > 0 ? before : undefined, SIZE);
    const { unanswered, years } = await authorities.overview();
    res.json({
      head: headText(await register.head()),
      entries: entries.map(({ number, hash, salt, content }) => ({ number, hash, salt, content })),
      unanswered,
      years,
    });
  }

  router.get(
    '/admin/register',
    visits.forAdministrator(async (person, req, res) => {
      res.vary('accept');
      const wanted = req.accepts(['html', 'json', 'text/csv']);
      if (wanted === 'text/csv') return sendCsv(res);
      if (wanted === 'json') return sendJson(req, res);
      res.send(await renderList(person, req, blank()));
    }),
  );

  router.get(
    '/admin/register/csv',
    visits.forAdministrator((_person, _req, res) => sendCsv(res)),
  );

  router.post(
    '/admin/register/add',
    visits.forAdministrator(async (person, req, res) => {
      const values = typed(req, TYPED.request);
      try {
        await authorities.add(person.account.id, values);
        res.redirect(303, '/admin/register?notice=register_added');
      } catch (error) {
        res.status(422).send(await renderList(person, req, withError(person.frame.t, values, error, {})));
      }
    }),
  );

  /** @throws {UserError} not_found */
  async function found(req: Request): Promise<Entry> {
    const number = req.params['number'];
    const entry =
      typeof number === 'string' && /^\d{1,15}$/u.test(number) ? await register.find(Number(number)) : undefined;
    if (entry === undefined) throw new UserError('not_found');
    return entry;
  }

  function renderOne(person: Person, req: Request, entry: Entry, form: Form): string {
    const { t } = person.frame;
    return registerEntryPage(person.frame, {
      entry: shown(person, entry, []),
      answers: ANSWERS.map((value) => ({ value, label: t(`admin.register.answer.${value}`) })),
      form,
      csrf: person.csrf,
      notice: notice(req, t),
    });
  }

  router.get(
    '/admin/register/:number',
    visits.forAdministrator(async (person, req, res) => {
      res.send(renderOne(person, req, await found(req), blank()));
    }),
  );

  router.post(
    '/admin/register/:number/answer',
    visits.forAdministrator(async (person, req, res) => {
      const entry = await found(req);
      const values = typed(req, TYPED.answer);
      try {
        await authorities.answer(person.account.id, entry.number, values);
        res.redirect(303, '/admin/register?notice=register_added');
      } catch (error) {
        res.status(422).send(renderOne(person, req, entry, withError(person.frame.t, values, error, {})));
      }
    }),
  );

  return router;
}
