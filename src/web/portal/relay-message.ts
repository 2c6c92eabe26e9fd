import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Request } from 'express';
import { UserError } from '../../errors.ts';
import type { OwnMessage, RelayOwner } from '../../mail/owner.ts';
import { dayOf } from '../../days.ts';
import { messagePage, type MessageData } from '../../../views/portal/relayMessage.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, param, statusOf, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person } from '../visit.ts';
import type { RelayNeeds } from './relay-pages.ts';
import { outcomeText, reasonText } from './relay-words.ts';

/** Which field of the answer's form each refusal stands at. */
const ANSWER_FIELDS = { mail_answers_often: 'text' };
/** Of what was typed, so much is shown again, in characters. */
const SHOWN = { subject: 400, text: 40_000 };

/** How sending a message is called, where its owner may. */
function sendAs({ isKept, outcome, heldFor }: OwnMessage): 'again' | 'release' | 'through' | undefined {
  if (!isKept) return undefined;
  if (outcome === 'failed') return 'again';
  if (outcome !== 'held') return undefined;
  return heldFor === 'stranger' ? 'through' : 'release';
}

/** One message to a profile, for its owner: what became of it, sending it again, throwing it away, answering it. */
export function relayMessageRoutes({ applications, aliasDomain, profiles, relay, visits }: RelayNeeds): Router {
  const router = Router();
  const path = '/profiles/:id/mail/:message';

  function open(): RelayOwner {
    if (relay === undefined) throw new UserError('not_found');
    return relay;
  }

  const idsOf = (person: Person, req: Request): [string, string, string] => [
    person.account.id,
    param(req, 'id'),
    param(req, 'message'),
  ];

  async function render(person: Person, req: Request, form: Form = blank()): Promise<string> {
    const { csrf, frame } = person;
    const ids = idsOf(person, req);
    const message = await open().message(...ids);
    const profile = await profiles.own(ids[0], ids[1]);
    const application = await applications.get(profile.applicationId);
    const { correspondent, isKept, trouble, until } = message;
    const isStranger = message.outcome === 'held' && message.heldFor === 'stranger';
    const data: MessageData = {
      path: `/profiles/${profile.id}/mail/${message.id}`,
      backUrl: `/profiles/${profile.id}/mail`,
      profile: profile.name,
      application: { name: application.name, homeUrl: application.homeUrl },
      title: outcomeText(frame.t, message, application.name),
      way: message.way,
      at: message.at,
      domain: message.domain,
      correspondent: correspondent && {
        name: correspondent.name,
        address: correspondent.address,
        isBlocked: correspondent.isBlocked,
        isKnown: correspondent.id !== undefined,
      },
      isStranger,
      mayBeTwice: message.mayBeTwice,
      trouble: trouble && { reason: reasonText(frame.t, trouble), said: trouble.text },
      kept: isKept ? { until: until === undefined ? undefined : dayOf(until), sendAs: sendAs(message) } : undefined,
      answer: message.mayBeAnswered ? { form, address: `${profile.aliasLocal}@${aliasDomain}` } : undefined,
      csrf,
      notice: notice(req, frame.t),
    };
    return messagePage(frame, data);
  }

  router.get(
    path,
    visits.forPerson(async (person, req, res) => {
      res.send(await render(person, req));
    }),
  );

  router.get(
    `${path}/download`,
    visits.forPerson(async (person, req, res) => {
      const pieces = await open().download(...idsOf(person, req));
      // A file to keep: no browser shows it, whatever it holds.
      res.attachment('message.eml').type('message/rfc822');
      res.setHeader('content-security-policy', "default-src 'none'; sandbox");
      await pipeline(Readable.from(pieces), res);
    }),
  );

  router.post(
    `${path}/again`,
    visits.forPerson(async (person, req, res) => {
      const ids = idsOf(person, req);
      await open().sendAgain(...ids);
      res.redirect(303, `/profiles/${ids[1]}/mail?notice=mail_again`);
    }),
  );

  router.post(
    `${path}/discard`,
    visits.forPerson(async (person, req, res) => {
      const ids = idsOf(person, req);
      await open().discard(...ids);
      res.redirect(303, `/profiles/${ids[1]}/mail?notice=mail_discarded`);
    }),
  );

  router.post(
    `${path}/answer`,
    visits.forPerson(async (person, req, res) => {
      const ids = idsOf(person, req);
      const [subject, text, confirmed] = [field(req, 'subject'), field(req, 'text'), field(req, 'confirmed')];
      try {
        await open().answer(...ids, { subject, text, confirmed: confirmed === 'on' });
        res.redirect(303, `/profiles/${ids[1]}/mail?notice=mail_answered`);
      } catch (error) {
        const values = { subject: subject.slice(0, SHOWN.subject), text: text.slice(0, SHOWN.text), confirmed };
        const form = withError(person.frame.t, values, error, ANSWER_FIELDS);
        res.status(error instanceof UserError ? statusOf(error.code) : 422).send(await render(person, req, form));
      }
    }),
  );

  for (const verb of ['block', 'unblock'] as const) {
    router.post(
      `${path}/${verb}`,
      visits.forPerson(async (person, req, res) => {
        const ids = idsOf(person, req);
        const { correspondent } = await open().message(...ids);
        await open().block(ids[0], ids[1], correspondent?.id ?? '', verb === 'block');
        res.redirect(303, `/profiles/${ids[1]}/mail/${ids[2]}?notice=correspondent_${verb}ed`);
      }),
    );
  }

  return router;
}
