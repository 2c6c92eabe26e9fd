import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { AnswerFields, HandFields, NameFields, RequestFields } from './providerFields.tsx';

/** Fields: those of `NameFields`, `HandFields`, `RequestFields` and `AnswerFields`. */
export type ByHandData = {
  readonly application: { readonly name: string; readonly url: string };
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
};

/** A new service provider without metadata. */
export function serviceProviderByHandPage(frame: Frame, data: ByHandData): string {
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
      <PostForm action={data.action} csrf={data.csrf} class="stack">
        <NameFields t={t} form={form} />
        <HandFields t={t} form={form} />
        <RequestFields t={t} form={form} />
        <AnswerFields t={t} form={form} />
        <p>
          <Button>{t('admin.provider.add')}</Button>
        </p>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
