import { page, type Frame } from '../layout.tsx';
import { AppSetUp, type AppSetUpShown } from '../parts/AppSetUp.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';

/** Fields: code, name. `replaces`: whether another app counts until then. */
export type AppData = {
  readonly setUp: AppSetUpShown;
  readonly replaces: boolean;
  readonly loginName: string;
  readonly form: Form;
  readonly csrf: string;
};

/** Setting up an authenticator app, or another one instead. */
export function appPage(frame: Frame, { setUp, replaces, loginName, form, csrf }: AppData): string {
  const { t } = frame;
  const title = replaces ? t('security.app_replace') : t('security.app_add');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('set_up.lead', { login: loginName })}</p>
      {replaces && <p class="caution">{t('set_up.replaces')}</p>}
      <PostForm action="/account/security/app" csrf={csrf}>
        <AppSetUp t={t} setUp={setUp} form={form} />
        <Field t={t} form={form} name="name" label={t('set_up.name')} hint={t('set_up.name_hint')} />
        <Button full>{t('set_up.submit')}</Button>
        <ButtonLink href="/account/security" look="quiet" full>
          {t('back.back')}
        </ButtonLink>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}
