import type { Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import type { Form } from '../parts/form.ts';
import { isWebAddress } from '../parts/Link.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { momentText } from '../parts/When.tsx';
import type { TextKey } from '../text.ts';

/** A request for a profile, as whoever made it sees it. `day` is an ISO date; `days`: the usual wait, where it is known. */
export type OwnRequest = {
  readonly status: 'waiting' | 'asked' | 'review';
  readonly day: string;
  readonly urgent: boolean;
  readonly words: string;
  readonly question?: string | undefined;
  readonly answered?: string | undefined;
  readonly days: number | undefined;
  readonly form: Form;
};

const STANDS: Readonly<Record<OwnRequest['status'], TextKey>> = {
  waiting: 'request.waiting',
  asked: 'request.asked',
  review: 'request.given',
};

type Props = {
  frame: Frame;
  application: ApplicationLabel;
  profile: { readonly id: string };
  request: OwnRequest;
  csrf: string;
};

/** How a request stands, the moderators' question, and taking it back. */
export function RequestPanel({ frame, application, profile, request, csrf }: Props) {
  const { t, language } = frame;
  const { status, day, urgent, words, question, answered, days, form } = request;
  return (
    <section class="panel marked" aria-labelledby="request-heading">
      <h2 id="request-heading">{t('request.title')}</h2>
      <p>{t(STANDS[status], { application: application.name })}</p>
      {days !== undefined && <p>{t('request.usual', { days })}</p>}
      <p class="hint">
        {t('request.day', { day: momentText(language, day) })} {urgent && t('request.urgent')}
      </p>
      {words !== '' && <Said label={t('request.words')} words={words} />}
      {question !== undefined && <Said label={t('request.question')} words={question} />}
      {answered !== undefined && <Said label={t('request.answered')} words={answered} />}
      {status === 'asked' && (
        <PostForm action={`/profiles/${profile.id}/answer`} csrf={csrf}>
          <TextArea
            t={t}
            form={form}
            name="answer"
            label={t('request.answer')}
            hint={t('request.answer_hint')}
            rows={3}
            required
          />
          <Button>{t('request.send')}</Button>
        </PostForm>
      )}
      {status !== 'review' && (
        <details>
          <summary>{t('request.withdraw')}</summary>
          <p>{t('request.withdraw_what')}</p>
          <PostForm action={`/profiles/${profile.id}/withdraw`} csrf={csrf}>
            <Button look="danger">{t('request.withdraw')}</Button>
          </PostForm>
        </details>
      )}
    </section>
  );
}

/** The profile is there: what is left is to sign in at the application. */
export function Ready({ frame: { t }, application }: { frame: Frame; application: ApplicationLabel }) {
  return (
    <section class="panel marked" aria-labelledby="ready-heading">
      <h2 id="ready-heading">{t('request.ready', { application: application.name })}</h2>
      <p>{t('request.ready_what')}</p>
      {isWebAddress(application.homeUrl) && (
        <ButtonLink href={application.homeUrl} look="primary">
          {t('request.open', { application: application.name })}
        </ButtonLink>
      )}
    </section>
  );
}
