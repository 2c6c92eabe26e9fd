import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { momentText } from '../parts/When.tsx';
import { Certificate, OurAddresses, type OurSaml } from './ourSaml.tsx';

/** A service provider that has to know of a new certificate. */
export type Told = { readonly label: string; readonly application: string; readonly url: string };

/** Fields: `confirm` (on) where a new certificate is to sign. */
export type SamlData = {
  readonly ours: OurSaml;
  /** Sentences about what is going to end. */
  readonly warnings: readonly string[];
  readonly providers: readonly Told[];
  readonly form: Form;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** What this instance is to service providers, and the change of its certificate. */
export function samlPage(frame: Frame, data: SamlData): string {
  const { t } = frame;
  const { ours, warnings, form } = data;
  const title = t('admin.saml.title');
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('admin.saml.lead')}</p>
      <div class="stack">
        <section class="panel" aria-labelledby="ours">
          <h2 id="ours">{t('admin.saml.ours')}</h2>
          <p>{t('admin.saml.ours_what')}</p>
          <OurAddresses frame={frame} ours={ours} />
        </section>
        <section class={warnings.length === 0 ? 'panel' : 'panel marked'} aria-labelledby="certificates">
          <h2 id="certificates">{t('admin.saml.certificates')}</h2>
          {warnings.map((warning) => (
            <p key={warning} class="caution">
              {warning}
            </p>
          ))}
          {ours.certificates.map((certificate) => (
            <Certificate key={certificate.id} frame={frame} certificate={certificate} />
          ))}
        </section>
        <Change frame={frame} data={data} />
      </div>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function Change({ frame: { t, language }, data }: { frame: Frame; data: SamlData }) {
  const { ours, providers, csrf, form } = data;
  const next = ours.certificates.find(({ status }) => status === 'next');
  if (next === undefined) {
    return (
      <section class="panel" aria-labelledby="change">
        <h2 id="change">{t('admin.saml.prepare_title')}</h2>
        <p>{t('admin.saml.prepare_what')}</p>
        <PostForm action="/admin/saml/prepare" csrf={csrf}>
          <Button look="secondary">{t('admin.saml.prepare')}</Button>
        </PostForm>
      </section>
    );
  }
  return (
    <section class="panel" aria-labelledby="change">
      <h2 id="change">{t('admin.saml.activate_title')}</h2>
      <p>{t('admin.saml.activate_what', { date: momentText(language, next.signsFrom) })}</p>
      {providers.length > 0 && (
        <>
          <p>{t('admin.saml.activate_first')}</p>
          <ul class="steps">
            {providers.map(({ label, application, url }) => (
              <li key={url}>
                <a href={url}>{application === label ? application : `${application}, ${label}`}</a>
              </li>
            ))}
          </ul>
        </>
      )}
      <PostForm action="/admin/saml/activate" csrf={csrf}>
        <input type="hidden" name="id" value={next.id} />
        {providers.length > 0 && <Checkbox t={t} form={form} name="confirm" label={t('admin.saml.confirm')} />}
        <Button look="danger">{t('admin.saml.activate')}</Button>
      </PostForm>
    </section>
  );
}
