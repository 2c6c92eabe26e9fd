import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Select } from '../parts/Select.tsx';
import { languageNames, languages } from '../text.ts';
import { OldAccountsCrumbs, OldAccountsHead, type OldAccountsOf } from './oldAccounts.tsx';
import type { Progress, Said } from './oldAccountsFile.tsx';

/** Fields: size, pause, language; posts to `begin` and `stop` below its address. */
export type NoticesData = {
  readonly application: OldAccountsOf;
  readonly path: string;
  readonly step: 'none' | 'running' | 'stopped' | 'done';
  readonly progress?: Progress | undefined;
  readonly facts: readonly Said[];
  /** Why none leave, though they should. */
  readonly held?: string | undefined;
  readonly form: Form;
  /** The letter as it leaves, and its subject. */
  readonly letter: { readonly subject: string; readonly text: string };
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** Letters to the old addresses of those who have not taken their name back. */
export function noticesPage(frame: Frame, data: NoticesData): string {
  const { t } = frame;
  const { application, step, form } = data;
  const title = t('admin.old.notices');
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <OldAccountsCrumbs frame={frame} application={application} />
      <OldAccountsHead application={application} title={title} />
      <p class="lead">{t('admin.old.notices_lead')}</p>
      <div class="stack">
        <State frame={frame} data={data} />
        {step !== 'running' && <Begin frame={frame} data={data} />}
        <section class="panel" aria-labelledby="letter">
          <h2 id="letter">{t('admin.old.notice.letter')}</h2>
          <p>{t('admin.old.notice.letter_what')}</p>
          <p>
            <strong>{data.letter.subject}</strong>
          </p>
          <pre class="letter" tabIndex={0} aria-labelledby="letter">
            {data.letter.text}
          </pre>
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

function State({ frame: { t }, data }: { frame: Frame; data: NoticesData }) {
  const { step, progress } = data;
  if (step === 'none') return null;
  return (
    <section class={step === 'running' ? 'panel marked' : 'panel'} aria-labelledby="state">
      <h2 id="state">{t(`admin.old.notice.${step}`)}</h2>
      {data.held !== undefined && <p class="caution">{data.held}</p>}
      {progress && (
        <div class="progress">
          <progress max="1000" value={String(Math.round(progress.part * 1000))} aria-labelledby="state" />
          <p class="row-detail">{progress.words}</p>
        </div>
      )}
      <dl class="facts">
        {data.facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {step === 'running' && (
        <PostForm action={`${data.path}/stop`} csrf={data.csrf}>
          <Button look="secondary">{t('admin.old.notice.stop')}</Button>
        </PostForm>
      )}
    </section>
  );
}

function Begin({ frame: { t }, data: { step, form, path, csrf } }: { frame: Frame; data: NoticesData }) {
  return (
    <section class="panel" aria-labelledby="begin">
      <h2 id="begin">{t('admin.old.notice.begin')}</h2>
      <p>{step === 'done' ? t('admin.old.notice.again_what') : t('admin.old.notice.begin_what')}</p>
      <PostForm action={`${path}/begin`} csrf={csrf}>
        <Field
          t={t}
          form={form}
          name="size"
          label={t('admin.old.notice.size')}
          hint={t('admin.old.notice.size_hint')}
          inputMode="numeric"
          autocomplete="off"
          size="short"
          required
        />
        <Field
          t={t}
          form={form}
          name="pause"
          label={t('admin.old.notice.pause')}
          hint={t('admin.old.notice.pause_hint')}
          inputMode="numeric"
          autocomplete="off"
          size="short"
          required
        />
        <Select
          t={t}
          form={form}
          name="language"
          label={t('admin.old.notice.language')}
          options={languages.map((value) => ({ value, label: languageNames[value] }))}
          required
        />
        <Button>{step === 'stopped' ? t('admin.old.notice.go_on') : t('admin.old.notice.do')}</Button>
      </PostForm>
    </section>
  );
}
