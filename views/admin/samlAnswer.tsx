import type { Frame } from '../layout.tsx';
import { CopyLines } from '../parts/CopyLines.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Table } from '../parts/Table.tsx';

/** What an answer to a service provider says. */
export type SamlAnswer = {
  /** Made to be read. */
  readonly xml: string;
  readonly nameId: { readonly format: string; readonly value: string };
  readonly attributes: readonly {
    readonly name: string;
    readonly friendlyName?: string | undefined;
    readonly values: readonly string[];
  }[];
  readonly encrypted: boolean;
  /** Whether another implementation found its signatures good. */
  readonly verified: boolean;
};

type Props = { frame: Frame; answer: SamlAnswer; label: string };

/** An answer in words, and as it is. */
export function Answer({ frame: { t }, answer, label }: Props) {
  const { nameId, attributes, encrypted, verified, xml } = answer;
  return (
    <>
      <Facts
        t={t}
        facts={[
          { label: 'NameID', value: nameId.value },
          { label: t('admin.try.format'), value: nameId.format },
          {
            label: t('admin.provider.encrypt_short'),
            value: t(encrypted ? 'admin.try.encrypted' : 'admin.try.not_encrypted'),
          },
          { label: t('admin.try.signatures'), value: t(verified ? 'admin.try.verified' : 'admin.try.not_verified') },
        ]}
      />
      <Table
        caption={t('admin.try.attributes', { client: label })}
        columns={[t('admin.try.attribute'), t('admin.try.value')]}
        rows={attributes.map(({ name, friendlyName, values }) => [
          <span class="breaks">
            <code>{name}</code>
            {friendlyName !== undefined && friendlyName !== name && <span class="row-detail"> {friendlyName}</span>}
          </span>,
          values.map((value, place) => <div key={place}>{value}</div>),
        ])}
      />
      <details class="more">
        <summary>{t('admin.try.xml')}</summary>
        <CopyLines t={t} label={`${t('admin.try.xml')} – ${label}`} text={xml} />
      </details>
    </>
  );
}
