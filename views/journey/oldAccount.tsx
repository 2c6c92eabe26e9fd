import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import { errorOf, type Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { OfferedName, OldAccountForm, OldPassword, type OldAccountOffer } from '../parts/OldAccount.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Stop, WayOut } from './stop.tsx';

/** The forms stand below `base`: name and password at `base` itself, an offer at `/offer`, the code at `/code`. */
export type OldAccountData = {
  readonly base: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  /** Names that are the person's without any proof but their address. */
  readonly offers: readonly OldAccountOffer[];
  /** Of the form for any name. */
  readonly form: Form;
  /** Of the offer of this name. */
  readonly offerForm?: { readonly name: string; readonly form: Form } | undefined;
  readonly back: string | undefined;
};

const blank: Form = { values: {}, errors: [] };

/** An account that the person had at the application before: by its name and password, or by a code. */
export function oldAccountPage(frame: Frame, data: OldAccountData): string {
  const { t } = frame;
  const { application, base, csrf, form, offers, offerForm } = data;
  const here = { application: application.name };
  const title = t('old.title', here);
  const failed = offers.findIndex(({ name }) => name === offerForm?.name);
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      {offerForm !== undefined && <ErrorSummary t={t} form={offerForm.form} scope={`offer-${Math.max(failed, 0)}`} />}
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t('old.lead', here)}</p>
      {offers.length > 0 && (
        <>
          <h2>{t('old.offers')}</h2>
          <p>{t('old.offers_why', here)}</p>
          {offers.map((offer, index) => (
            <OfferedName
              key={offer.name}
              t={t}
              action={`${base}/offer`}
              csrf={csrf}
              application={application}
              offer={offer}
              form={index === failed && offerForm !== undefined ? offerForm.form : blank}
              scope={`offer-${index}`}
              full
            />
          ))}
          <h2>{t('old.other')}</h2>
        </>
      )}
      <OldAccountForm t={t} action={base} csrf={csrf} application={application} form={form} />
      {data.back !== undefined && (
        <ButtonLink href={data.back} look="quiet" full>
          {t('back.back')}
        </ButtonLink>
      )}
    </div>
  );
  const hasErrors = form.errors.length + (offerForm?.form.errors.length ?? 0) > 0;
  return page(frame, { title, hasErrors, narrow: true, body });
}

/** Sends oldName, code and oldPassword to `/code` below `base`; another code is asked for at `base`. */
export type OldCodeData = {
  readonly base: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  /** As it was typed. */
  readonly name: string;
  readonly form: Form;
};

/** A code was asked for: the same page, whether there is such a name, and an address, or not. */
export function oldCodePage(frame: Frame, { base, csrf, application, name, form }: OldCodeData): string {
  const { t } = frame;
  const title = t('old.code_title');
  const hidden = [{ name: 'oldName', value: name }];
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t('old.code_lead', { application: application.name, name })}</p>
      <p>{t('old.code_minutes')}</p>
      <PostForm action={`${base}/code`} csrf={csrf}>
        <Hidden fields={hidden} />
        <Field t={t} form={form} name="code" label={t('old.code')} autocomplete="one-time-code" required />
        <OldPassword
          t={t}
          form={form}
          application={application}
          hint={t('old.code_password')}
          required={errorOf(form, 'oldPassword') !== undefined}
        />
        <Button full>{t('old.submit')}</Button>
      </PostForm>
      <PostForm action={base} csrf={csrf}>
        <Hidden fields={hidden} />
        <Button look="secondary" name="do" value="code" full>
          {t('old.code_again')}
        </Button>
      </PostForm>
      <ButtonLink href={base} look="quiet" full>
        {t('back.back')}
      </ButtonLink>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}

/** Sends `move`, yes or no. */
export type OldAddressData = {
  readonly action: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  readonly name: string;
};

/** The application still knows the address from before: whether the people who run it may replace it there. */
export function oldAddressPage(frame: Frame, { action, csrf, application, name }: OldAddressData): string {
  const { t } = frame;
  const title = t('old.address_title', { application: application.name });
  const here = { application: application.name, name };
  const body = (
    <Stop application={application} title={title} message={t('old.address_lead', here)}>
      <p>{t('old.address_what', here)}</p>
      <PostForm action={action} csrf={csrf}>
        <Button name="move" value="yes" full>
          {t('old.address_yes')}
        </Button>
        <Button look="secondary" name="move" value="no" full>
          {t('old.address_no')}
        </Button>
      </PostForm>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

export type OldSuspendedData = {
  readonly application: ApplicationLabel;
  readonly name: string;
  readonly profileUrl: string;
  readonly backUrl: string | undefined;
};

/** It was taken back, but it was suspended before: the way ends here until a moderator takes that back. */
export function oldSuspendedPage(frame: Frame, data: OldSuspendedData): string {
  const { t } = frame;
  const here = { application: data.application.name, name: data.name };
  const title = t('old.suspended_title', here);
  const body = (
    <Stop application={data.application} title={title} message={t('old.suspended_lead', here)}>
      {data.backUrl !== undefined && <WayOut href={data.backUrl}>{t('back.to', here)}</WayOut>}
      <WayOut href={data.profileUrl} primary={data.backUrl === undefined}>
        {t('ready.profile')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}

/** Posts to its own address, without fields. */
export type OldLinkData = {
  readonly action: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  readonly name: string;
  readonly loginName: string;
};

/** A link that the people who run the instance made for somebody who has neither the password nor the address. */
export function oldLinkPage(frame: Frame, { action, csrf, application, name, loginName }: OldLinkData): string {
  const { t } = frame;
  const title = t('old.link_title', { application: application.name, name });
  const message = t('old.link_lead', { instance: frame.instance.name, name });
  const body = (
    <Stop application={application} title={title} message={message}>
      <p>{t('old.link_account', { name, login: loginName })}</p>
      <PostForm action={action} csrf={csrf}>
        <Button full>{t('old.take', { name })}</Button>
      </PostForm>
      <WayOut href="/" primary={false}>
        {t('back.profiles')}
      </WayOut>
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
