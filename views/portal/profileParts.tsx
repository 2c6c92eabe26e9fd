import type { Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Checkboxes } from '../parts/Checkbox.tsx';
import { Link, hostOf } from '../parts/Link.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { momentText } from '../parts/When.tsx';
import type { ShownGroup } from './profile.tsx';

type Props = { frame: Frame; application: ApplicationLabel };
type Posting = { action: string; csrf: string };

/** Which of the person's groups the application sees. */
export function GroupsShown({
  frame,
  application,
  groups,
  action,
  csrf,
}: Props & Posting & { groups: readonly ShownGroup[] }) {
  const { t } = frame;
  const legend = t('groups_shown.legend', { application: application.name });
  return (
    <section class="panel" aria-labelledby="groups-heading">
      <h2 id="groups-heading">{t('groups_shown.title')}</h2>
      {groups.length === 0 ? (
        <p>{t('groups_shown.none')}</p>
      ) : (
        <PostForm action={action} csrf={csrf}>
          <Checkboxes
            t={t}
            name="group"
            legend={legend}
            hint={t('groups_shown.hint')}
            options={groups.map(({ id, name, shown }) => ({ value: id, label: name, checked: shown }))}
          />
          <Button look="secondary">{t('groups_shown.save')}</Button>
        </PostForm>
      )}
    </section>
  );
}

/** What becomes of mail to the relay address, and the way to the page about it. */
export function Mail({ frame: { t }, mail }: { frame: Frame; mail: { url: string; text: string } }) {
  return (
    <section class="panel" aria-labelledby="mail-heading">
      <h2 id="mail-heading">{t('relay.panel')}</h2>
      <p>{mail.text}</p>
      <ButtonLink href={mail.url}>{t('relay.panel_go')}</ButtonLink>
    </section>
  );
}

/** The way back to a question that its owner left open. */
export function OldAddress({ frame: { t }, application, name, href }: Props & { name: string; href: string }) {
  return (
    <section class="panel" aria-labelledby="old-address-heading">
      <h2 id="old-address-heading">{t('old.address_title', { application: application.name })}</h2>
      <p>{t('old.address_lead', { application: application.name, name })}</p>
      <ButtonLink href={href}>{t('old.address_go')}</ButtonLink>
    </section>
  );
}

/** Choose another profile at the next sign-in; the application's own session is not ours to end. */
export function Switch({ frame, application, action, csrf }: Props & Posting) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="switch-heading">
      <h2 id="switch-heading">{t('switch.title')}</h2>
      <p>{t('switch.what', { application: application.name })}</p>
      <ol class="steps">
        <li>
          {t('switch.leave', { application: application.name })}{' '}
          <Link href={application.homeUrl}>{hostOf(application.homeUrl)}</Link>
        </li>
        <li>{t('switch.press')}</li>
        <li>{t('switch.return', { application: application.name })}</li>
      </ol>
      <PostForm action={action} csrf={csrf}>
        <Button look="secondary">{t('switch.submit')}</Button>
      </PostForm>
    </section>
  );
}

/** The way to the page that asks before retiring. */
export function Retire({ frame, application, href }: Props & { href: string }) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="retire-heading">
      <h2 id="retire-heading">{t('retire.title')}</h2>
      <p>{t('retire.what', { application: application.name })}</p>
      <ButtonLink href={href} look="danger">
        {t('retire.go')}
      </ButtonLink>
    </section>
  );
}

/** Thirty days to think better of it. */
export function Undo({ frame, undo, csrf }: { frame: Frame; undo: { until: string; action: string }; csrf: string }) {
  const { t, language } = frame;
  return (
    <section class="panel marked" aria-labelledby="undo-heading">
      <h2 id="undo-heading">{t('undo.title')}</h2>
      <p>{t('undo.what', { day: momentText(language, undo.until) })}</p>
      <PostForm action={undo.action} csrf={csrf}>
        <Button>{t('undo.submit')}</Button>
      </PostForm>
    </section>
  );
}

/** Enter the application from here, with this very profile. */
export function Enter({ frame, application, action, csrf }: Props & Posting) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="enter-heading">
      <h2 id="enter-heading">{t('enter.title', { application: application.name })}</h2>
      <PostForm action={action} csrf={csrf}>
        <Button>{t('enter.submit', { application: application.name })}</Button>
      </PostForm>
    </section>
  );
}

/** End the session that this browser has at the application, and no other. */
export function Leave({ frame, application, action, csrf }: Props & Posting) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="leave-heading">
      <h2 id="leave-heading">{t('leave.title', { application: application.name })}</h2>
      <p>{t('leave.what', { instance: frame.instance.name })}</p>
      <PostForm action={action} csrf={csrf}>
        <Button look="secondary">{t('leave.submit', { application: application.name })}</Button>
      </PostForm>
    </section>
  );
}
