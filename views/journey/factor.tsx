import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { NoPasskey, PASSKEY_SCRIPT, PasskeyForm } from '../parts/PasskeyForm.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { GiveUp } from './giveUp.tsx';

/** How a second factor is shown: by a passkey, a code of an authenticator app, or a recovery code. */
export type FactorWay = 'passkey' | 'code' | 'recovery';

/** Field: code, or response. `others`: the pages of the other ways that the person has. */
export type FactorData = {
  readonly way: FactorWay;
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  readonly application?: ApplicationLabel | undefined;
  readonly others: readonly { readonly way: FactorWay; readonly href: string }[];
  readonly lostUrl: string;
  readonly otherAccountUrl: string;
  /** Where giving up is posted. */
  readonly giveUp: string;
};

const WORDS = {
  passkey: { title: 'factor.passkey_title', lead: 'factor.passkey_lead', other: 'factor.try_passkey' },
  code: { title: 'factor.code_title', lead: 'factor.code_lead', label: 'factor.code', other: 'factor.try_code' },
  recovery: {
    title: 'factor.recovery_title',
    lead: 'factor.recovery_lead',
    label: 'factor.recovery',
    other: 'factor.try_recovery',
  },
} as const;

/** The second factor, one way of it. */
export function factorPage(frame: Frame, data: FactorData): string {
  const { t } = frame;
  const { way, form, application, others, action, csrf } = data;
  const title = t(WORDS[way].title);
  const body = (
    <div class="sheet">
      <ErrorSummary t={t} form={form} />
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{t(WORDS[way].lead)}</p>
      {way === 'passkey' ? (
        <>
          <NoPasskey t={t} />
          <PasskeyForm t={t} use="get" action={action} csrf={csrf}>
            <Button full>{t('factor.passkey')}</Button>
          </PasskeyForm>
        </>
      ) : (
        <PostForm action={action} csrf={csrf}>
          <Field
            t={t}
            form={form}
            name="code"
            label={t(WORDS[way].label)}
            autocomplete={way === 'code' ? 'one-time-code' : 'off'}
            inputMode={way === 'code' ? 'numeric' : 'text'}
            required
          />
          <Button full>{t('factor.submit')}</Button>
        </PostForm>
      )}
      <GiveUp frame={frame} action={data.giveUp} csrf={csrf} application={application} />
      <ul class="ways">
        {others.map((other) => (
          <li key={other.way}>
            <a href={other.href}>{t(WORDS[other.way].other)}</a>
          </li>
        ))}
        <li>
          <a href={data.lostUrl}>{t('factor.lost')}</a>
        </li>
        <li>
          <a href={data.otherAccountUrl}>{t('pick.other_account')}</a>
        </li>
      </ul>
    </div>
  );
  const script = way === 'passkey' ? { script: PASSKEY_SCRIPT } : {};
  return page(frame, { title, hasErrors: form.errors.length > 0, narrow: true, ...script, body });
}
