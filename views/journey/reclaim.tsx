import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { OfferedName, type OldAccountOffer } from '../parts/OldAccount.tsx';
import { PostForm } from '../parts/PostForm.tsx';

/** Sends oldName, and oldPassword where it is asked for; or oldName and `later`=1 to `laterAction`. */
export type OfferData = {
  readonly action: string;
  readonly laterAction: string;
  readonly csrf: string;
  readonly application: ApplicationLabel;
  readonly offer: OldAccountOffer;
  readonly form: Form;
  /** Where people say that another old account was theirs. */
  readonly otherUrl: string;
};

/** On the way to an application that knew the person: the name that was theirs. */
export function offerPage(frame: Frame, data: OfferData): string {
  const { t } = frame;
  const { application, csrf, form, offer } = data;
  const title = t('old.offer_title', { name: offer.name });
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t('old.offer_lead', { application: application.name, name: offer.name })}</p>
      <OfferedName t={t} action={data.action} csrf={csrf} application={application} offer={offer} form={form} full />
      <PostForm action={data.laterAction} csrf={csrf}>
        <input type="hidden" name="oldName" value={offer.name} />
        <Button look="quiet" name="later" value="1" full>
          {t('old.later')}
        </Button>
      </PostForm>
      <ul class="ways">
        <li>
          <a href={data.otherUrl}>{t('old.other')}</a>
        </li>
      </ul>
    </div>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, body });
}
