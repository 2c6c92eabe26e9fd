import { Router } from 'express';
import type { Application, Applications, ServiceProvider } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { OwnProfile, Profiles } from '../../profiles/profiles.ts';
import type { Preview, Saml } from '../../saml/saml.ts';
import { examinedPage, type ExaminedData } from '../../../views/admin/examined.tsx';
import type { SamlAnswer } from '../../../views/admin/samlAnswer.tsx';
import { messageFor, type TextKey, type Translate } from '../../../views/text.ts';
import { field, param } from '../form.ts';
import type { Visits } from '../visit.ts';
import { wrongInWords } from './saml-words.ts';

type Needs = {
  applications: Pick<Applications, 'find' | 'getServiceProvider'>;
  profiles: Pick<Profiles, 'at'>;
  saml: Pick<Saml, 'examine' | 'preview'>;
  visits: Visits;
};

const SIGNATURES: Readonly<Record<'none' | 'valid' | 'wrong', TextKey>> = {
  none: 'admin.try.signature_none',
  valid: 'admin.try.signature_valid',
  wrong: 'admin.try.signature_wrong',
};

const ANSWER = 'answer → ';

/** The name of a fact: the protocol's own, or of what would be answered. */
const factName = (t: Translate, name: string): string =>
  name.startsWith(ANSWER) ? t('admin.try.in_answer', { name: name.slice(ANSWER.length) }) : name;

/** An answer that would be sent, as pages show it. */
export const shownAnswer = ({ xml, nameId, attributes, encrypted, verified }: Preview): SamlAnswer => ({
  xml,
  nameId,
  attributes,
  encrypted,
  verified,
});

/** Where administrators look into a request of a service provider. */
export function examineRoutes({ applications, profiles, saml, visits }: Needs): Router {
  const router = Router();

  async function find(id: string): Promise<{ provider: ServiceProvider; application: Application }> {
    const provider = await applications.getServiceProvider(id);
    const application = await applications.find(provider.applicationId);
    if (application === undefined) throw new UserError('not_found');
    return { provider, application };
  }

  async function answerFor(
    accountId: string,
    application: Application,
    provider: ServiceProvider,
  ): Promise<SamlAnswer | undefined> {
    const { profiles: own } = await profiles.at(accountId, application);
    const profile: OwnProfile | undefined = own[0];
    const preview = profile && (await saml.preview(accountId, application, profile, provider));
    return preview && shownAnswer(preview);
  }

  /** What a request says, or why nothing can be read in it. */
  function look(
    t: Translate,
    of: { provider: ServiceProvider; application: Application },
    text: string,
  ): ExaminedData['found'] | string {
    if (text === '') return messageFor(t, 'request_required');
    const { xml, facts, problems, signature } = saml.examine(of, text);
    const inWords = problems.map((word) => wrongInWords(t, word));
    if (xml === '') return inWords.join(' ');
    return {
      xml,
      facts: [
        ...facts.map(({ name, value }) => ({ label: factName(t, name), value })),
        { label: t('admin.try.request_signature'), value: t(SIGNATURES[signature]) },
      ],
      problems: inWords,
    };
  }

  router.post(
    '/admin/service-providers/:id/examine',
    visits.forAdministrator(async ({ frame, csrf, account }, req, res) => {
      const { t } = frame;
      const { provider, application } = await find(param(req, 'id'));
      const request = field(req, 'request').trim();
      const seen = look(t, { provider, application }, request);
      const [found, message] = typeof seen === 'string' ? [undefined, seen] : [seen, undefined];
      const isAnswered = found?.problems.length === 0;
      res.status(message === undefined ? 200 : 422).send(
        examinedPage(frame, {
          back: {
            name: t('admin.try.title', { application: application.name }),
            url: `/admin/applications/${application.id}/try`,
          },
          label: provider.label,
          action: `/admin/service-providers/${provider.id}/examine`,
          csrf,
          form: { values: { request }, errors: message === undefined ? [] : [{ field: 'request', message }] },
          found,
          answer: isAnswered ? await answerFor(account.id, application, provider) : undefined,
        }),
      );
    }),
  );

  return router;
}
