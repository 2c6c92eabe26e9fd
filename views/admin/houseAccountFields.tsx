import { Field } from '../parts/Field.tsx';
import { Radios } from '../parts/Radios.tsx';
import type { HouseField } from './house.tsx';
import { Setting, type Props } from './houseFields.tsx';

/** Who may have an account, and which rules they accept. */
export function ComingFields({ frame, data }: Props) {
  const { t } = frame;
  const { form, mails } = data;
  return (
    <section class="panel" aria-labelledby="coming">
      <h2 id="coming">{t('admin.house.coming')}</h2>
      <Setting frame={frame} data={data} name="sign_up" label="admin.house.sign_up">
        <Radios
          t={t}
          form={form}
          name="sign_up"
          legend={t('admin.house.sign_up')}
          {...(mails ? {} : { hint: t('admin.house.sign_up_mail') })}
          options={[
            {
              value: 'closed',
              label: t('admin.house.sign_up_closed'),
              hint: t('admin.house.sign_up_closed_hint'),
            },
            {
              value: 'invitation',
              label: t('admin.house.sign_up_invitation'),
              hint: t('admin.house.sign_up_invitation_hint'),
            },
            {
              value: 'approval',
              label: t('admin.house.sign_up_approval'),
              hint: t('admin.house.sign_up_approval_hint'),
            },
            { value: 'open', label: t('admin.house.sign_up_open'), hint: t('admin.house.sign_up_open_hint') },
          ]}
        />
      </Setting>
      <Setting frame={frame} data={data} name="terms_version" label="admin.house.terms_version">
        <Field
          t={t}
          form={form}
          name="terms_version"
          label={t('admin.house.terms_version')}
          hint={t('admin.house.terms_version_hint')}
          autocomplete="off"
        />
      </Setting>
    </section>
  );
}

/** How strongly people sign in, and for how long. */
export function SignInFields({ frame, data }: Props) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="signing-in">
      <h2 id="signing-in">{t('admin.house.signing_in')}</h2>
      <Setting frame={frame} data={data} name="second_factor" label="admin.house.second_factor">
        <Radios
          t={t}
          form={data.form}
          name="second_factor"
          legend={t('admin.house.second_factor')}
          hint={t('admin.house.second_factor_hint')}
          options={[
            {
              value: 'optional',
              label: t('admin.house.second_factor_optional'),
              hint: t('admin.house.second_factor_optional_hint'),
            },
            { value: 'administrators', label: t('admin.house.second_factor_administrators') },
            { value: 'everyone', label: t('admin.house.second_factor_everyone') },
          ]}
        />
      </Setting>
      <Count
        frame={frame}
        data={data}
        name="session_idle_days"
        label={t('admin.house.session_idle_days')}
        hint={t('admin.house.session_idle_days_hint')}
      />
      <Count
        frame={frame}
        data={data}
        name="session_days"
        label={t('admin.house.session_days')}
        hint={t('admin.house.session_days_hint')}
      />
    </section>
  );
}

/** How long it takes to be let in again by somebody else, and to be gone. */
export function LeavingFields({ frame, data }: Props) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="leaving">
      <h2 id="leaving">{t('admin.house.leaving')}</h2>
      <Count
        frame={frame}
        data={data}
        name="recovery_wait_hours"
        label={t('admin.house.recovery_wait_hours')}
        hint={t('admin.house.recovery_wait_hours_hint')}
      />
      <Count
        frame={frame}
        data={data}
        name="leave_days"
        label={t('admin.house.leave_days')}
        hint={t('admin.house.leave_days_hint')}
      />
    </section>
  );
}

type CountProps = Props & {
  name: Extract<HouseField, 'session_idle_days' | 'session_days' | 'recovery_wait_hours' | 'leave_days'>;
  label: string;
  hint: string;
};

/** A whole number. */
function Count({ frame, data, name, label, hint }: CountProps) {
  return (
    <Setting frame={frame} data={data} name={name} label={`admin.house.${name}`}>
      <Field
        t={frame.t}
        form={data.form}
        name={name}
        label={label}
        hint={hint}
        autocomplete="off"
        inputMode="numeric"
        size="short"
      />
    </Setting>
  );
}
