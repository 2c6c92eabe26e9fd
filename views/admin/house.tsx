import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { ComingFields, LeavingFields, SignInFields } from './houseAccountFields.tsx';
import {
  AddressFields,
  LanguageFields,
  LookFields,
  PeopleFields,
  ProxyFields,
  RegisterFields,
} from './houseFields.tsx';

/** The settings of the house by the names of their fields: those of the program, without ALUCO_ and in lower case. */
export type HouseField =
  | 'url'
  | 'alias_domain'
  | 'trusted_proxies'
  | 'name'
  | 'logo'
  | 'colour'
  | 'contact'
  | 'rules_url'
  | 'privacy_url'
  | 'languages'
  | 'language'
  | 'sign_up'
  | 'terms_version'
  | 'second_factor'
  | 'session_idle_days'
  | 'session_days'
  | 'recovery_wait_hours'
  | 'leave_days'
  | 'connection_months';

/** Fields: those above; `languages` for each ticked one, `picture`, `removePicture` for the logo, `confirm`. */
export type HouseData = {
  readonly form: Form;
  readonly csrf: string;
  /** Settings that the program was started with. */
  readonly given: readonly string[];
  /** Words for values of theirs that are not shown as they are. */
  readonly shown: Readonly<Record<string, string>>;
  /** The ticked languages. */
  readonly offered: readonly string[];
  /** Whether this site sends mail, which some of the choices need. */
  readonly mails: boolean;
  /** What the change asked for would break, before it is confirmed. */
  readonly breaks?:
    { readonly address: boolean; readonly domain: boolean; readonly applications: readonly string[] } | undefined;
  /** How this request came here; the verdict is a sentence. */
  readonly arrival: {
    readonly peer: string;
    readonly forwarded: string;
    readonly address: string;
    readonly verdict: string;
  };
  readonly notice?: string | undefined;
};

/** The settings that the house keeps. */
export function housePage(frame: Frame, data: HouseData): string {
  const { t } = frame;
  const { form } = data;
  const title = t('admin.house.title');
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <h1>{title}</h1>
      <p class="lead">{t('admin.house.lead')}</p>
      <PostForm action="/admin/house" csrf={data.csrf} class="stack" files>
        <LookFields frame={frame} data={data} />
        <PeopleFields frame={frame} data={data} />
        <LanguageFields frame={frame} data={data} />
        <ComingFields frame={frame} data={data} />
        <SignInFields frame={frame} data={data} />
        <LeavingFields frame={frame} data={data} />
        <AddressFields frame={frame} data={data} />
        <ProxyFields frame={frame} data={data} />
        <RegisterFields frame={frame} data={data} />
        <p>
          <Button>{t('admin.save')}</Button>
        </p>
      </PostForm>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
