import type { Translate } from '../text.ts';
import type { ApplicationLabel } from './Application.tsx';
import { Button } from './Button.tsx';
import { Field } from './Field.tsx';
import type { Form } from './form.ts';
import { Hidden } from './Hidden.tsx';
import { PostForm } from './PostForm.tsx';

/** An old account that is the person's: the application knew their address. */
export type OldAccountOffer = { readonly name: string; readonly needsPassword: boolean };

type Place = {
  t: Translate;
  /** Where it is posted. */
  action: string;
  csrf: string;
  application: ApplicationLabel;
  form: Form;
  /** Tells apart fields of one page that share their names. */
  scope?: string;
};

/** One name that is the person's, with the button that takes it back. Sends oldName and, where asked for, oldPassword. */
export function OfferedName({
  t,
  action,
  csrf,
  application,
  form,
  offer,
  scope,
  full = false,
}: Place & { offer: OldAccountOffer; full?: boolean }) {
  return (
    <PostForm action={action} csrf={csrf}>
      <Hidden fields={[{ name: 'oldName', value: offer.name }]} />
      {offer.needsPassword && (
        <>
          <p>{t('old.offer_password', { application: application.name })}</p>
          <OldPassword t={t} form={form} application={application} scope={scope} required />
        </>
      )}
      <Button full={full}>{t('old.take', { name: offer.name })}</Button>
    </PostForm>
  );
}

/** The old password, which is never filled in again. */
export function OldPassword({
  t,
  form,
  application,
  scope,
  hint,
  required,
}: Pick<Place, 't' | 'form' | 'application'> & { scope?: string | undefined; hint?: string; required?: boolean }) {
  return (
    <Field
      t={t}
      form={form}
      name="oldPassword"
      label={t('old.password', { application: application.name })}
      hint={hint}
      type="password"
      autocomplete="off"
      required={required}
      scope={scope}
    />
  );
}

/**
 * The old name and its password, or the name alone for a code by mail. Sends oldName and oldPassword, or also `do`=code.
 * `name`: the name, where it is known already which.
 */
export function OldAccountForm({ t, action, csrf, application, form, scope, name }: Place & { name?: string }) {
  return (
    <PostForm action={action} csrf={csrf}>
      {name === undefined ? (
        <Field
          t={t}
          form={form}
          name="oldName"
          label={t('old.name', { application: application.name })}
          hint={t('old.name_hint')}
          autocomplete="off"
          required
          {...(scope === undefined ? {} : { scope })}
        />
      ) : (
        <Hidden fields={[{ name: 'oldName', value: name }]} />
      )}
      <OldPassword t={t} form={form} application={application} scope={scope} required />
      <Button full>{t('old.submit')}</Button>
      <p class="hint">{t('old.code_what')}</p>
      <Button look="secondary" name="do" value="code" full>
        {t('old.code_send')}
      </Button>
    </PostForm>
  );
}
