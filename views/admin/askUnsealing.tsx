import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Checkboxes } from '../parts/Checkbox.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import { errorOf, type Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { Radios } from '../parts/Radios.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Desk } from './desk.tsx';

/** Posts to /admin/unsealing/new/<profile>: wanted (several), from, to, reference, reason, telling, tellDay. */
export type AskUnsealingData = {
  readonly profileId: string;
  readonly profile: string;
  readonly application: string;
  readonly wanted: readonly string[];
  /** Whether there is a register of connections to look into. */
  readonly hasConnections: boolean;
  /** After so many days the person is told, where nothing else is asked for. */
  readonly noticeDays: number;
  readonly form: Form;
  readonly csrf: string;
};

/** Asking to look behind a profile. */
export function askUnsealingPage(frame: Frame, data: AskUnsealingData): string {
  const { t } = frame;
  const { form, profile, application } = data;
  const title = t('admin.unsealing.ask_title', { profile, application });
  const items = [
    { value: 'login', label: t('admin.unsealing.login') },
    { value: 'mailbox', label: t('admin.unsealing.mailbox') },
    { value: 'here', label: t('admin.unsealing.here', { application }) },
    { value: 'everywhere', label: t('admin.unsealing.everywhere') },
    ...(data.hasConnections ? [{ value: 'connections', label: t('admin.unsealing.connections') }] : []),
  ];
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <Desk frame={frame} here="/admin/unsealing" />
      <h1>{title}</h1>
      <p class="lead">{t('admin.unsealing.ask_lead')}</p>
      <p class="caution">{t('admin.unsealing.ask_caution')}</p>
      <PostForm action={`/admin/unsealing/new/${data.profileId}`} csrf={data.csrf} class="panel">
        <Checkboxes
          t={t}
          name="wanted"
          legend={t('admin.unsealing.wanted')}
          hint={t('admin.unsealing.wanted_hint')}
          error={errorOf(form, 'wanted')}
          options={items.map((item) => ({ ...item, checked: data.wanted.includes(item.value) }))}
        />
        {data.hasConnections && (
          <>
            <Field t={t} form={form} name="from" label={t('admin.unsealing.from')} type="date" size="short" />
            <Field t={t} form={form} name="to" label={t('admin.unsealing.to')} type="date" size="short" />
          </>
        )}
        <Field
          t={t}
          form={form}
          name="reference"
          label={t('admin.unsealing.reference')}
          hint={t('admin.unsealing.reference_hint')}
          autocomplete="off"
          required
        />
        <TextArea
          t={t}
          form={form}
          name="reason"
          label={t('admin.unsealing.reason')}
          hint={t('admin.unsealing.reason_hint')}
          rows={4}
          required
        />
        <Radios
          t={t}
          form={form}
          name="telling"
          legend={t('admin.unsealing.telling')}
          hint={t('admin.unsealing.telling_hint')}
          options={[
            { value: 'usual', label: t('admin.unsealing.tell_usual', { days: data.noticeDays }) },
            { value: 'later', label: t('admin.unsealing.tell_later') },
            { value: 'never', label: t('admin.unsealing.tell_never') },
          ]}
        />
        <Field t={t} form={form} name="tellDay" label={t('admin.unsealing.tell_day')} type="date" size="short" />
        <Button look="danger">{t('admin.unsealing.ask_do')}</Button>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
