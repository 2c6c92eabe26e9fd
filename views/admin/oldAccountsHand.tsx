import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import { CopyValue } from '../parts/CopyValue.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { OldAccountsCrumbs, OldAccountsHead, type OldAccountsOf } from './oldAccounts.tsx';

/** Fields: name, sure. Posts to its own address; the link stands on that answer and nowhere else. */
export type HandData = {
  readonly application: OldAccountsOf;
  readonly path: string;
  readonly form: Form;
  readonly link?: { readonly name: string; readonly address: string; readonly hours: number } | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** A link for whoever has neither their old password nor their old address. */
export function handPage(frame: Frame, data: HandData): string {
  const { t } = frame;
  const { application, form, link } = data;
  const title = t('admin.old.hand');
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <OldAccountsCrumbs frame={frame} application={application} />
      <OldAccountsHead application={application} title={title} />
      {link && (
        <section class="panel lone marked" aria-labelledby="one-time">
          <h2 id="one-time">{t('admin.old.hand.link_for', { name: link.name })}</h2>
          <div class="reference">
            <p>{t('admin.old.hand.once', { hours: link.hours })}</p>
            <CopyValue t={t} label={t('admin.accounts.link')} value={link.address} large />
          </div>
        </section>
      )}
      <section class="panel lone" aria-labelledby="ask">
        <h2 id="ask">{t('admin.old.hand.ask')}</h2>
        <p>{t('admin.old.hand.ask_what')}</p>
        <ul class="steps">
          <li>{t('admin.old.hand.ask_word')}</li>
          <li>{t('admin.old.hand.ask_address')}</li>
          <li>{t('admin.old.hand.ask_content')}</li>
          <li>{t('admin.old.hand.ask_never')}</li>
        </ul>
      </section>
      <section class="panel lone" aria-labelledby="find">
        <h2 id="find">{t('admin.old.hand.find')}</h2>
        <PostForm action={data.path} csrf={data.csrf}>
          <Field
            t={t}
            form={form}
            name="name"
            label={t('admin.old.hand.name')}
            hint={t('admin.old.hand.name_hint')}
            autocomplete="off"
            required
          />
          <Checkbox t={t} form={form} name="sure" label={t('admin.old.hand.sure')} />
          <Button>{t('admin.old.hand.do')}</Button>
        </PostForm>
      </section>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
