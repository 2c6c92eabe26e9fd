import { Router } from 'express';
import type { Application, Applications, ServiceProvider } from '../../applications/applications.ts';
import { SettingsProblem, UserError } from '../../errors.ts';
import type { OwnProfile, Profiles } from '../../profiles/profiles.ts';
import type { Preview, Saml } from '../../saml/saml.ts';
import { examinedPage, type ExaminedData } from '../../../views/admin/examined.tsx';
import type { SamlAnswer } from '../../../views/admin/samlAnswer.tsx';
import type { TextKey, Translate } from '../../../views/text.ts';
import { field, param, withError } from '../form.ts';
import type { Visits } from '../visit.ts';
import { problemInWords, reasonInWords } from './saml-words.ts';

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

/** An answer that would be sent, as pages show it. */
export const shownAnswer = ({ xml, nameId, attributes, encrypted }: Preview): SamlAnswer => ({
  xml,
  nameId,
  attributes,
  encrypted,
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

  async function look(t: Translate, provider: ServiceProvider, text: string): Promise<ExaminedData['found']> {
    if (text === '') throw new SettingsProblem([{ field: 'request', code: 'request_required', params: {} }]);
    const { xml, facts, problems, signature } = await saml.examine(provider, text);
    return {
      xml,
      facts: [
        ...facts.map(({ name, value }) => ({ label: name, value })),
        { label: t('admin.try.request_signature'), value: t(SIGNATURES[signature]) },
      ],
      problems: problems.map((reason) => reasonInWords(t, reason)),
    };
  }

  router.post(
    '/admin/service-providers/:id/examine',
    visits.forAdministrator(async ({ frame, csrf, account }, req, res) => {
      const { t } = frame;
      const { provider, application } = await find(param(req, 'id'));
      const request = field(req, 'request').trim();
      const base = {
        back: {
          name: t('admin.try.title', { application: application.name }),
          url: `/admin/applications/${application.id}/try`,
        },
        label: provider.label,
        action: `/admin/service-providers/${provider.id}/examine`,
        csrf,
      };
      try {
        const found = await look(t, provider, request);
        const answer = await answerFor(account.id, application, provider);
        res.send(examinedPage(frame, { ...base, form: { values: { request }, errors: [] }, found, answer }));
      } catch (error) {
        const isUnreadable = error instanceof UserError && error.code === 'saml_message_invalid';
        const form = isUnreadable
          ? { values: { request }, errors: [{ field: 'request', message: problemInWords(t, error) }] }
          : withError(t, { request }, error, {});
        res.status(422).send(examinedPage(frame, { ...base, form }));
      }
    }),
  );

  return router;
}
