import type { ComponentChildren } from 'preact';
import type { Frame } from '../layout.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import { Table } from '../parts/Table.tsx';

/** What is known of a service provider; everything that is a word is translated. */
export type UnderstoodData = {
  readonly facts: readonly Fact[];
  /** Where answers go. */
  readonly consumers: readonly { readonly url: string; readonly index: number; readonly isDefault: boolean }[];
  readonly logout: readonly {
    readonly binding: string;
    readonly url: string;
    /** Where answers go, if elsewhere. */
    readonly responseUrl?: string | undefined;
  }[];
  readonly certificates: readonly {
    readonly use: string;
    readonly subject: string;
    readonly fingerprint: string;
    readonly until: string;
  }[];
  /** Sentences: what stood in the metadata and is not used. */
  readonly remarks: readonly string[];
};

/** What was understood of a service provider, as it counts. */
export function Understood({ frame: { t }, understood }: { frame: Frame; understood: UnderstoodData }) {
  const { facts, consumers, logout, certificates, remarks } = understood;
  return (
    <section class="panel lone" aria-labelledby="understood">
      <h2 id="understood">{t('admin.provider.understood')}</h2>
      <Facts t={t} facts={facts} />
      <Table
        caption={t('admin.provider.consumers')}
        columns={[t('admin.provider.consumer'), t('admin.provider.index'), t('admin.provider.default')]}
        rows={consumers.map(({ url, index, isDefault }) => [
          <Breaks>{url}</Breaks>,
          String(index),
          isDefault ? t('admin.template.yes') : '',
        ])}
      />
      {logout.length > 0 && (
        <Table
          caption={t('admin.provider.logout')}
          columns={[t('admin.provider.logout'), t('admin.provider.binding'), t('admin.provider.logout_response')]}
          rows={logout.map(({ binding, url, responseUrl }) => [
            <Breaks>{url}</Breaks>,
            binding,
            <Breaks>{responseUrl ?? ''}</Breaks>,
          ])}
        />
      )}
      {certificates.length > 0 && (
        <Table
          caption={t('admin.saml.certificates')}
          columns={[t('admin.provider.certificate'), t('admin.provider.use'), t('admin.saml.until')]}
          rows={certificates.map(({ use, subject, fingerprint, until }) => [
            <Breaks>
              {subject}
              <br />
              <span class="row-detail">
                {t('admin.saml.fingerprint')} <code>{fingerprint}</code>
              </span>
            </Breaks>,
            use,
            until,
          ])}
        />
      )}
      {remarks.length > 0 && (
        <>
          <p class="after">{t('admin.provider.remarks')}</p>
          <ul class="points">
            {remarks.map((remark) => (
              <li key={remark}>{remark}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** What has no spaces of its own and breaks anywhere. */
function Breaks({ children }: { children: ComponentChildren }) {
  return <span class="breaks">{children}</span>;
}
