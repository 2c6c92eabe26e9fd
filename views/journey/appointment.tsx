import { page, type Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Stop, WayOut } from './stop.tsx';

/** Posts to its own address, without fields. */
export type AppointmentData = {
  readonly action: string;
  readonly csrf: string;
  readonly loginName: string;
  readonly application: ApplicationLabel;
  /** Whether they look after it already: there is nothing to agree to. */
  readonly isAlready: boolean;
};

/** Somebody opened a link to look after an application: what that means, before they agree. */
export function appointmentPage(frame: Frame, data: AppointmentData): string {
  const { t } = frame;
  const { application, loginName } = data;
  const title = t('appointment.title', { application: application.name });
  const lead = data.isAlready ? 'appointment.already' : 'appointment.lead';
  const body = (
    <Stop
      application={application}
      title={title}
      message={t(lead, { login: loginName, application: application.name, instance: frame.instance.name })}
    >
      {data.isAlready ? (
        <WayOut href="/moderation">{t('mail.moderator_appointed.link')}</WayOut>
      ) : (
        <>
          <ul class="steps">
            <li>{t('appointment.decide')}</li>
            <li>{t('appointment.blind')}</li>
            <li>{t('appointment.seen')}</li>
          </ul>
          <PostForm action={data.action} csrf={data.csrf}>
            <Button full>{t('appointment.accept')}</Button>
          </PostForm>
          <WayOut href="/" primary={false}>
            {t('appointment.decline')}
          </WayOut>
        </>
      )}
    </Stop>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
