import { Router, type Request } from 'express';
import {
  checkSenderDomain,
  isDomainName,
  submissionPlace,
  SUBMISSION_MAX,
  type Application,
  type Applications,
} from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import { allowSenderPage } from '../../../views/admin/allowSender.tsx';
import type { ShownRefusal } from '../../../views/admin/mailRefusals.tsx';
import { mailSendersPage } from '../../../views/admin/mailSenders.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { messageFor, sentenceOf, type Translate } from '../../../views/text.ts';
import { blank, field, lines, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';

/** Mail that was refused for its sender, as the mail room remembers it. */
type Refusal = {
  readonly domain?: string | undefined;
  readonly reason: string;
  readonly network?: string | undefined;
  readonly count: number;
  readonly at: number;
};

/** The memory of refusals. */
export type RefusalsRead = {
  read(applicationId: string): Promise<readonly Refusal[]>;
  forget(applicationId: string, domain: string): Promise<void>;
};

type Needs = {
  applications: Applications;
  config: Pick<Config, 'ALUCO_RELAY_NAME' | 'ALUCO_SUBMISSION' | 'ALUCO_URL'>;
  refusals: RefusalsRead;
  visits: Visits;
};

/** Why a domain should not be let write, in words; undefined where nothing speaks against it. */
function problemOf(t: Translate, domain: string): string | undefined {
  try {
    checkSenderDomain(domain);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return messageFor(t, error.code, error.params);
    throw error;
  }
}

/** What is shown of a refusal. The domain is a stranger's text: it is shown only where it is a domain name. */
function shown(t: Translate, path: string, refusal: Refusal): ShownRefusal {
  const { reason, network, count, at } = refusal;
  const domain = refusal.domain !== undefined && isDomainName(refusal.domain) ? refusal.domain : undefined;
  const params = { domain: domain ?? '' };
  return {
    domain,
    network,
    count,
    at,
    text: sentenceOf(t, `admin.senders.reason.${reason}`, params),
    advice: sentenceOf(t, `admin.senders.advice.${reason}`, params),
    allowUrl:
      domain !== undefined && reason === 'unregistered_domain'
        ? `${path}/allow?domain=${encodeURIComponent(domain)}`
        : undefined,
  };
}

/** Administrators' pages of how an application's mail is known. */
export function mailSenderRoutes({ applications, config, refusals, visits }: Needs): Router {
  const router = Router();

  async function application(req: Request): Promise<Application> {
    const found = await applications.find(param(req, 'id'));
    if (found === undefined) throw new UserError('not_found');
    return found;
  }

  const pathOf = ({ id }: Pick<Application, 'id'>): string => `/admin/applications/${id}/mail`;

  const valuesOf = ({ senderDomains, senderNetworks }: Application): Record<string, string> => ({
    senderDomains: senderDomains.join('\n'),
    senderNetworks: senderNetworks.join('\n'),
  });

  async function render(
    { frame, csrf }: Person,
    owner: Application,
    form: Form,
    more: { secret?: string | undefined; said?: string | undefined } = {},
  ): Promise<string> {
    const { t } = frame;
    const path = pathOf(owner);
    return mailSendersPage(frame, {
      application: { name: owner.name, iconUrl: owner.iconUrl, url: `/admin/applications/${owner.id}` },
      action: path,
      csrf,
      form,
      warnings: owner.senderDomains.map((domain) => problemOf(t, domain) ?? []).flat(),
      submission: {
        place: submissionPlace(config),
        user: owner.id,
        credentials: owner.submission,
        addAction: owner.submission.length < SUBMISSION_MAX ? `${path}/credentials` : undefined,
        removeAction: `${path}/credentials/remove`,
        secret: more.secret,
      },
      refusals: (await refusals.read(owner.id)).map((refusal) => shown(t, path, refusal)),
      notice: more.said,
    });
  }

  /** The domain that is to be allowed: one that was refused a moment ago, and no other that a link could name. */
  async function refusedDomain(owner: Application, domain: unknown): Promise<string> {
    const list = await refusals.read(owner.id);
    const found = list.find((one) => one.domain === domain && one.reason === 'unregistered_domain')?.domain;
    if (found === undefined || !isDomainName(found)) throw new UserError('not_found');
    return found;
  }

  const renderAllow = ({ frame, csrf }: Person, owner: Application, domain: string): string =>
    allowSenderPage(frame, {
      application: { name: owner.name, iconUrl: owner.iconUrl, homeUrl: owner.homeUrl },
      domain,
      problem: problemOf(frame.t, domain),
      action: `${pathOf(owner)}/allow`,
      csrf,
      backUrl: pathOf(owner),
    });

  router.get(
    '/admin/applications/:id/mail',
    visits.forAdministrator(async (person, req, res) => {
      const owner = await application(req);
      res.send(await render(person, owner, blank(valuesOf(owner)), { said: notice(req, person.frame.t) }));
    }),
  );

  router.post(
    '/admin/applications/:id/mail',
    visits.forAdministrator(async (person, req, res) => {
      const owner = await application(req);
      try {
        await applications.changeSenders(owner.id, {
          senderDomains: lines(req, 'senderDomains').map((line) => line.toLowerCase()),
          senderNetworks: lines(req, 'senderNetworks').map((line) => line.toLowerCase()),
        });
        res.redirect(303, `${pathOf(owner)}?notice=saved`);
      } catch (error) {
        const values = Object.fromEntries(Object.keys(valuesOf(owner)).map((name) => [name, field(req, name)]));
        res.status(422).send(await render(person, owner, withError(person.frame.t, values, error, {})));
      }
    }),
  );

  router.post(
    '/admin/applications/:id/mail/credentials',
    visits.forAdministrator(async (person, req, res) => {
      const { id } = await application(req);
      const { secret } = await applications.addSubmission(id);
      const owner = await applications.get(id);
      const said = person.frame.t('admin.senders.notice_made');
      // Shown on this answer and never again: no redirection, so that no address leads back to the secret.
      res.send(await render(person, owner, blank(valuesOf(owner)), { secret, said }));
    }),
  );

  router.post(
    '/admin/applications/:id/mail/credentials/remove',
    visits.forAdministrator(async (_person, req, res) => {
      const owner = await application(req);
      await applications.removeSubmission(owner.id, field(req, 'credential'));
      res.redirect(303, `${pathOf(owner)}?notice=credential_removed`);
    }),
  );

  router.get(
    '/admin/applications/:id/mail/allow',
    visits.forAdministrator(async (person, req, res) => {
      const owner = await application(req);
      res.send(renderAllow(person, owner, await refusedDomain(owner, req.query['domain'])));
    }),
  );

  router.post(
    '/admin/applications/:id/mail/allow',
    visits.forAdministrator(async (person, req, res) => {
      const owner = await application(req);
      const domain = await refusedDomain(owner, field(req, 'domain'));
      if (problemOf(person.frame.t, domain) !== undefined) {
        res.status(422).send(renderAllow(person, owner, domain));
        return;
      }
      await applications.allowSender(owner.id, domain);
      await refusals.forget(owner.id, domain);
      res.redirect(303, `${pathOf(owner)}?notice=sender_allowed`);
    }),
  );

  return router;
}
