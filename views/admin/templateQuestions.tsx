import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios, type RadioOption } from '../parts/Radios.tsx';
import type { Translate } from '../text.ts';

/** One question, in words. With options: one of them; without: one line. */
export type ShownQuestion = {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly address: boolean;
  readonly optional: boolean;
  readonly options?: readonly RadioOption[] | undefined;
};

/** Fields: name, one for each question, people (none, awaited, not-by-name; nothing chosen at first), once. */
export type TemplateQuestionsData = {
  readonly application: string;
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  readonly questions: readonly ShownQuestion[];
  /** Tells a form that is sent twice. */
  readonly once: string;
  readonly example: string;
};

/** What a template asks, on one page. */
export function templateQuestionsPage(frame: Frame, data: TemplateQuestionsData): string {
  const { t } = frame;
  const { application, form, questions } = data;
  const title = t('admin.template.questions_title', { application });
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href="/admin/applications/new">{t('admin.template.choose_title')}</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">{t('admin.template.questions_lead')}</p>
      <PostForm action={data.action} csrf={data.csrf} class="stack">
        <Hidden fields={[{ name: 'once', value: data.once }]} />
        <section class="panel" aria-labelledby="about">
          <h2 id="about">{t('admin.application.about')}</h2>
          <Field
            t={t}
            form={form}
            name="name"
            label={t('admin.application.name')}
            hint={t('admin.template.ask_name_hint', { example: data.example })}
            required
          />
          {questions.map((question) => (
            <QuestionField key={question.name} t={t} form={form} question={question} />
          ))}
        </section>
        <section class="panel" aria-labelledby="people-heading">
          <h2 id="people-heading">{t('admin.application.people')}</h2>
          <Radios
            t={t}
            form={form}
            name="people"
            legend={t('admin.template.ask_people')}
            options={[
              { value: 'none', label: t('admin.template.people_none'), hint: t('admin.template.people_none_hint') },
              {
                value: 'awaited',
                label: t('admin.template.people_awaited'),
                hint: t('admin.template.people_awaited_hint'),
              },
              {
                value: 'not-by-name',
                label: t('admin.template.people_not_by_name'),
                hint: t('admin.template.people_not_by_name_hint'),
              },
            ]}
          />
        </section>
        <p>
          <Button>{t('admin.application.create')}</Button>
        </p>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function QuestionField({ t, form, question }: { t: Translate; form: Form; question: ShownQuestion }) {
  const { name, label, hint, address, optional, options } = question;
  const hinted = hint === undefined ? {} : { hint };
  if (options !== undefined) {
    return <Radios t={t} form={form} name={name} legend={label} {...hinted} options={options} />;
  }
  return (
    <Field
      t={t}
      form={form}
      name={name}
      label={label}
      {...hinted}
      required={!optional}
      {...(address ? { type: 'url', inputMode: 'url' } : {})}
    />
  );
}
