import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { NoPasskey, PASSKEY_SCRIPT, PasskeyForm } from '../parts/PasskeyForm.tsx';

/** Fields: name, response. */
export type AddPasskeyData = { readonly loginName: string; readonly form: Form; readonly csrf: string };

/** Adding a passkey to one's account. */
export function addPasskeyPage(frame: Frame, { loginName, form, csrf }: AddPasskeyData): string {
  const { t } = frame;
  const title = t('passkey.add');
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('passkey.add_lead', { login: loginName })}</p>
      <NoPasskey t={t} />
      <PasskeyForm t={t} use="create" action="/account/security/passkey" csrf={csrf}>
        <Field t={t} form={form} name="name" label={t('set_up.name')} hint={t('passkey.name_hint')} />
        <Button full>{t('passkey.create')}</Button>
      </PasskeyForm>
      <ButtonLink href="/account/security" look="quiet" full>
        {t('back.back')}
      </ButtonLink>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, script: PASSKEY_SCRIPT, body });
}
