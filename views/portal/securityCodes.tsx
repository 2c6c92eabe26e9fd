import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';

export type NewCodesData = { readonly codesLeft: number; readonly csrf: string };

/** Asks before new recovery codes are made: the old ones go. */
export function newCodesPage(frame: Frame, { codesLeft, csrf }: NewCodesData): string {
  const { t } = frame;
  const title = t('new_codes.title');
  const body = (
    <div class="sheet">
      <h1>{title}</h1>
      <p class="lead">{t('security.codes_left', { left: codesLeft })}</p>
      <ul class="steps">
        <li>{t('new_codes.old')}</li>
        <li>{t('new_codes.once')}</li>
      </ul>
      <PostForm action="/account/security/codes" csrf={csrf}>
        <Button full>{t('new_codes.submit')}</Button>
        <ButtonLink href="/account/security" look="quiet" full>
          {t('new_codes.keep')}
        </ButtonLink>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
