import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { MetadataFields } from './metadataFields.tsx';
import { NameFields } from './providerFields.tsx';

/** Fields: label, and those of `MetadataFields`. The form takes a file. */
export type AddServiceProviderData = {
  readonly application: { readonly name: string; readonly url: string };
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  /** Where everything is written by hand. */
  readonly byHandUrl: string;
};

/** A new service provider, from its metadata. */
export function addServiceProviderPage(frame: Frame, data: AddServiceProviderData): string {
  const { t } = frame;
  const { application, form } = data;
  const title = t('admin.provider.title_new');
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href={application.url}>{application.name}</a>
      </p>
      <h1>{title}</h1>
      <PostForm action={data.action} csrf={data.csrf} class="stack" files>
        <NameFields t={t} form={form} fromMetadata />
        <section class="panel" aria-labelledby="metadata-heading">
          <h2 id="metadata-heading">{t('admin.provider.metadata')}</h2>
          <p>{t('admin.provider.metadata_what')}</p>
          <MetadataFields t={t} form={form} />
        </section>
        <p>
          <Button>{t('admin.provider.add')}</Button>
        </p>
      </PostForm>
      <p class="after">
        <a href={data.byHandUrl}>{t('admin.provider.by_hand')}</a>
      </p>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
