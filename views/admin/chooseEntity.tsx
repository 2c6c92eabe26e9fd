import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden, type HiddenField } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';

/** Fields: entity (a radio), otherEntity (typed), and what the form before asked. */
export type ChooseEntityData = {
  readonly application: { readonly name: string; readonly url: string };
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  /** The first entity IDs that the metadata describes. */
  readonly entities: readonly string[];
  /** How many it describes. */
  readonly count: number;
  /** What the form before asked. */
  readonly kept: readonly HiddenField[];
};

/** Which of the entities of one metadata document is meant. */
export function chooseEntityPage(frame: Frame, data: ChooseEntityData): string {
  const { t } = frame;
  const { application, form, entities, count } = data;
  const title = t('admin.provider.choose_title');
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href={application.url}>{application.name}</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">{t('admin.provider.choose_lead', { count })}</p>
      <PostForm action={data.action} csrf={data.csrf} class="stack" files>
        <Hidden fields={data.kept} />
        <section class="panel" aria-label={title}>
          <Radios
            t={t}
            form={form}
            name="entity"
            legend={title}
            legendUnseen
            options={entities.map((value) => ({ value, label: value }))}
          />
          {count > entities.length && (
            <Field
              t={t}
              form={form}
              name="otherEntity"
              label={t('admin.provider.choose_other')}
              hint={t('admin.provider.choose_other_hint', { shown: entities.length })}
              autocomplete="off"
            />
          )}
        </section>
        <p>
          <Button>{t('admin.provider.add')}</Button>
        </p>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
