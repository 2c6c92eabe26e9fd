import { page, type Frame } from '../layout.tsx';
import { ButtonLink } from '../parts/Button.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { FactorRow, factorScope, type FactorShown } from './securityFactor.tsx';

/** A new name that came back: of which factor, and what is wrong with it. */
export type Naming = { readonly factor: string; readonly form: Form };

/** `must`: whether a rule asks this account for a second factor. */
export type SecurityData = {
  readonly totp: readonly FactorShown[];
  readonly passkey: readonly FactorShown[];
  readonly codesLeft: number;
  readonly must: boolean;
  readonly naming?: Naming | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** With fewer codes left than this, it is time for new ones. */
const FEW = 4;

/** What guards an account beside its password. */
export function securityPage(frame: Frame, data: SecurityData): string {
  const { t, instance } = frame;
  const title = t('security.title');
  const hasNone = data.totp.length + data.passkey.length === 0;
  const body = (
    <>
      <p class="crumb">
        <a href="/account">{t('account.title')}</a>
      </p>
      <Notice text={data.notice} />
      {data.naming !== undefined && (
        <ErrorSummary t={t} form={data.naming.form} scope={factorScope(data.naming.factor)} />
      )}
      <h1>{title}</h1>
      <p class="lead">{t('security.lead')}</p>
      {hasNone && data.must && <p class="caution">{t('security.must', { instance: instance.name })}</p>}
      <div class="stack">
        <Passkeys frame={frame} data={data} />
        <App frame={frame} data={data} />
        <Codes frame={frame} data={data} hasNone={hasNone} />
        <section class="panel" aria-labelledby="elsewhere-heading">
          <h2 id="elsewhere-heading">{t('security.elsewhere')}</h2>
          <p>{t('security.elsewhere_what')}</p>
          <p class="panel-foot">
            <a href="/sessions">{t('security.elsewhere_go')}</a>
          </p>
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: data.naming !== undefined, body });
}

/** What there is of one kind. */
function FactorRows({
  frame,
  data,
  factors,
}: {
  frame: Frame;
  data: SecurityData;
  factors: SecurityData['totp' | 'passkey'];
}) {
  const { naming, csrf } = data;
  if (factors.length === 0) return undefined;
  return (
    <ul class="rows">
      {factors.map((factor) => (
        <FactorRow
          key={factor.id}
          frame={frame}
          factor={factor}
          form={naming?.factor === factor.id ? naming.form : undefined}
          csrf={csrf}
        />
      ))}
    </ul>
  );
}

function Passkeys({ frame, data }: { frame: Frame; data: SecurityData }) {
  const { t } = frame;
  const { passkey } = data;
  return (
    <section class="panel" aria-labelledby="passkeys-heading">
      <h2 id="passkeys-heading">{t('security.passkeys')}</h2>
      <p>{t('security.passkeys_what')}</p>
      <FactorRows frame={frame} data={data} factors={passkey} />
      <p class="panel-foot">
        <ButtonLink href="/account/security/passkey" look={passkey.length === 0 ? 'primary' : 'secondary'}>
          {passkey.length === 0 ? t('passkey.add') : t('security.passkey_another')}
        </ButtonLink>
      </p>
    </section>
  );
}

function App({ frame, data }: { frame: Frame; data: SecurityData }) {
  const { t } = frame;
  const { totp } = data;
  return (
    <section class="panel" aria-labelledby="app-heading">
      <h2 id="app-heading">{t('security.app')}</h2>
      <p>{t('security.app_what')}</p>
      <FactorRows frame={frame} data={data} factors={totp} />
      <p class="panel-foot">
        <ButtonLink href="/account/security/app" look={totp.length === 0 ? 'primary' : 'secondary'}>
          {totp.length === 0 ? t('security.app_add') : t('security.app_replace')}
        </ButtonLink>
      </p>
    </section>
  );
}

function Codes({ frame, data, hasNone }: { frame: Frame; data: SecurityData; hasNone: boolean }) {
  const { t } = frame;
  const { codesLeft } = data;
  return (
    <section class="panel" aria-labelledby="codes-heading">
      <h2 id="codes-heading">{t('security.codes')}</h2>
      {hasNone ? (
        <p>{t('security.codes_later')}</p>
      ) : (
        <>
          <p>{t('security.codes_what')}</p>
          <p class={codesLeft < FEW ? 'caution' : undefined}>{t('security.codes_left', { left: codesLeft })}</p>
          <p class="panel-foot">
            <ButtonLink href="/account/security/codes">{t('security.codes_new')}</ButtonLink>
          </p>
        </>
      )}
    </section>
  );
}
