import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import { FileField } from '../parts/FileField.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Certificate, OurAddresses, type OurSaml } from './ourSaml.tsx';
import { AnswerFields, HandFields, NameFields, RequestFields } from './providerFields.tsx';
import { Understood, type UnderstoodData } from './understood.tsx';

/**
 * Fields of its settings: those of `NameFields`, `RequestFields` and `AnswerFields`, and of `HandFields` where it has no metadata.
 * Fields of new metadata, in a form that takes a file: metadata, metadataFile.
 */
export type ServiceProviderData = {
  readonly label: string;
  readonly application: { readonly name: string; readonly url: string };
  /** Its own address; its forms are sent there, and to `/refresh`, `/metadata` and `/remove` below it. */
  readonly path: string;
  readonly csrf: string;
  readonly form: Form;
  readonly metadataForm: Form;
  readonly ours: OurSaml;
  readonly understood: UnderstoodData;
  readonly byHand: boolean;
  /** Where its metadata comes from, and when; nothing where there is none. */
  readonly source: readonly Fact[];
  /** Why the last attempt to read it again failed: a sentence. */
  readonly problem?: string | undefined;
  /** Whether it can be read again from an address. */
  readonly refreshes: boolean;
  /** Where its administrator tries it, and sees how the last sign-ins went. */
  readonly tryUrl: string;
  readonly notice?: string | undefined;
};

/** One SAML service provider of an application. */
export function serviceProviderPage(frame: Frame, data: ServiceProviderData): string {
  const { t } = frame;
  const { application, form, metadataForm, csrf, label } = data;
  const errors = [...form.errors, ...metadataForm.errors];
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={{ values: {}, errors }} />
      <p class="crumb">
        <a href={application.url}>{application.name}</a>
      </p>
      <h1>{label}</h1>
      <section class="panel lone" aria-labelledby="connection">
        <h2 id="connection">{t('admin.client.connection')}</h2>
        <OurAddresses frame={frame} ours={data.ours} />
        {data.ours.certificates
          .filter(({ status }) => status !== 'previous')
          .map((certificate) => (
            <Certificate key={certificate.id} frame={frame} certificate={certificate} />
          ))}
        <p class="panel-foot">
          <ButtonLink href={data.tryUrl}>{t('admin.try.open')}</ButtonLink>
        </p>
      </section>
      <Understood frame={frame} understood={data.understood} />
      <Metadata frame={frame} data={data} />
      <PostForm action={data.path} csrf={csrf} class="stack">
        <NameFields t={t} form={form} />
        {data.byHand && <HandFields t={t} form={form} />}
        <RequestFields t={t} form={form} />
        <AnswerFields t={t} form={form} />
        <p>
          <Button>{t('admin.save')}</Button>
        </p>
      </PostForm>
      <section class="panel lone" aria-labelledby="remove">
        <h2 id="remove">{t('admin.provider.remove_title')}</h2>
        <details>
          <summary>{t('admin.provider.remove_ask')}</summary>
          <p class="caution">{t('admin.provider.remove_what')}</p>
          <PostForm action={`${data.path}/remove`} csrf={csrf}>
            <Button look="danger">{t('admin.provider.remove', { name: label })}</Button>
          </PostForm>
        </details>
      </section>
    </>
  );
  return page(frame, { title: label, hasErrors: errors.length > 0, body });
}

function Metadata({ frame: { t }, data }: { frame: Frame; data: ServiceProviderData }) {
  const { path, csrf, source, problem, refreshes, metadataForm } = data;
  return (
    <section class={problem === undefined ? 'panel lone' : 'panel lone marked'} aria-labelledby="metadata-heading">
      <h2 id="metadata-heading">{t('admin.provider.metadata')}</h2>
      {source.length === 0 ? <p>{t('admin.provider.metadata_none')}</p> : <Facts t={t} facts={source} />}
      {problem !== undefined && (
        <div class="caution">
          <p>{t('admin.provider.refresh_failed')}</p>
          <p>{problem}</p>
          <p>{t('admin.provider.previous_stays')}</p>
        </div>
      )}
      {refreshes && (
        <PostForm action={`${path}/refresh`} csrf={csrf} class="after">
          <Button look="secondary">{t('admin.provider.refresh')}</Button>
        </PostForm>
      )}
      <details class="more" open={metadataForm.errors.length > 0}>
        <summary>{t('admin.provider.give')}</summary>
        <p>{t('admin.provider.give_what')}</p>
        <PostForm action={`${path}/metadata`} csrf={csrf} files>
          <TextArea t={t} form={metadataForm} name="metadata" label={t('admin.provider.metadata_xml')} rows={8} code />
          <FileField
            t={t}
            form={metadataForm}
            name="metadataFile"
            label={t('admin.provider.metadata_file')}
            hint={t('admin.provider.metadata_file_instead')}
            accept=".xml,application/samlmetadata+xml,application/xml,text/xml"
          />
          <Button look="secondary">{t('admin.provider.give_submit')}</Button>
        </PostForm>
      </details>
    </section>
  );
}
