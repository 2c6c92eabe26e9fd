import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { CopyValue } from '../parts/CopyValue.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import type { Form } from '../parts/form.ts';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { AuthenticationFields, RedirectFields, TokenFields } from './clientFields.tsx';

/**
 * Fields: label, redirectUris, postLogoutRedirectUris, logoutByAddress (on), authMethod, jwks, jwksUri, pkce (required, optional),
 * idTokenAlg, refreshTokens (on), backchannelLogoutUri, tolerateDoubleCredentials (on).
 */
export type ClientData = {
  readonly mode: 'create' | 'edit';
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  readonly application: { readonly name: string; readonly url: string };
  /** On edit: what to write into the application's settings. Labels of endpoints are shown as they are. */
  readonly connection?:
    { readonly clientId: string; readonly issuer: string; readonly endpoints: readonly Fact[] } | undefined;
  /** Only right after it was made: it is never shown again. */
  readonly secret?: string | undefined;
  /** POST: makes a new secret, the old one stops working. */
  readonly newSecretAction?: string | undefined;
  readonly notice?: string | undefined;
};

/** One OIDC client of an application. */
export function clientPage(frame: Frame, data: ClientData): string {
  const { t } = frame;
  const { mode, form, application, connection } = data;
  const label = form.values['label'] ?? '';
  const title = mode === 'create' || label === '' ? t('admin.client.title_new') : label;
  const body = (
    <>
      <Notice text={data.notice} />
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href={application.url}>{application.name}</a>
      </p>
      <h1>{title}</h1>
      {connection && <Connection frame={frame} connection={connection} secret={data.secret} />}
      <PostForm action={data.action} csrf={data.csrf} class="stack">
        <RedirectFields t={t} form={form} />
        <AuthenticationFields t={t} form={form} />
        <TokenFields t={t} form={form} />
        <p>
          <Button>{mode === 'create' ? t('admin.client.create') : t('admin.save')}</Button>
        </p>
      </PostForm>
      {data.newSecretAction !== undefined && (
        <section class="panel" aria-labelledby="new-secret">
          <h2 id="new-secret">{t('admin.client.new_secret')}</h2>
          <p>{t('admin.client.new_secret_what')}</p>
          <PostForm action={data.newSecretAction} csrf={data.csrf}>
            <Button look="danger">{t('admin.client.new_secret_submit')}</Button>
          </PostForm>
        </section>
      )}
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

type ConnectionProps = { frame: Frame; connection: NonNullable<ClientData['connection']>; secret: string | undefined };

function Connection({ frame, connection, secret }: ConnectionProps) {
  const { t } = frame;
  const { clientId, issuer, endpoints } = connection;
  return (
    <section class={secret === undefined ? 'panel lone' : 'panel lone marked'} aria-labelledby="connection">
      <h2 id="connection">{t('admin.client.connection')}</h2>
      {secret !== undefined && (
        <div class="reference">
          <p>{t('admin.client.secret_once')}</p>
          <CopyValue t={t} label={t('admin.client.secret')} value={secret} large />
        </div>
      )}
      <Facts
        t={t}
        copy
        facts={[
          { label: t('admin.client.id'), value: clientId },
          { label: t('admin.client.issuer'), value: issuer },
          ...endpoints,
        ]}
      />
    </section>
  );
}
