import type { Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { When } from '../parts/When.tsx';

/** `month` and `lastUsed` are YYYY-MM. */
export type FactorShown = {
  readonly id: string;
  readonly kind: 'totp' | 'passkey';
  readonly name: string;
  readonly month: string;
  /** Once it was used; of passkeys alone. */
  readonly lastUsed?: string | undefined;
};

/** What a factor is called: by its owner, or by its kind. */
export function factorName({ t }: Frame, { kind, name }: Pick<FactorShown, 'kind' | 'name'>): string {
  if (name !== '') return name;
  return kind === 'totp' ? t('security.app') : t('security.passkey');
}

/** Tells the fields of one factor apart from those of the others. */
export function factorScope(id: string): string {
  return `factor-${id}`;
}

type Props = { frame: Frame; factor: FactorShown; form: Form | undefined; csrf: string };

/** One factor: its name, since when, and what can be done with it. `form`: its name, where that came back wrong. */
export function FactorRow({ frame, factor, form, csrf }: Props) {
  const { t, language } = frame;
  const { id, name, month, lastUsed } = factor;
  const called = factorName(frame, factor);
  return (
    <li class="row tall">
      <div class="row-main">
        <p class="row-title">
          <strong id={`factor-${id}`}>{called}</strong>
        </p>
        <p class="row-detail">
          {t('security.since')} <When language={language} at={month} />
          {lastUsed !== undefined && (
            <>
              {' · '}
              {t('security.last_used')} <When language={language} at={lastUsed} />
            </>
          )}
        </p>
      </div>
      <ButtonLink href={`/account/security/remove?factor=${encodeURIComponent(id)}`}>
        {t('security.remove')}
        <span class="unseen"> {called}</span>
      </ButtonLink>
      <details class="more" open={form !== undefined}>
        <summary>{t('security.rename')}</summary>
        <PostForm action="/account/security/name" csrf={csrf}>
          <Hidden fields={[{ name: 'factor', value: id }]} />
          <Field
            t={t}
            form={form ?? { values: { name }, errors: [] }}
            name="name"
            scope={factorScope(id)}
            label={t('security.name_of', { name: called })}
          />
          <Button look="secondary">{t('security.rename_submit')}</Button>
        </PostForm>
      </details>
    </li>
  );
}
