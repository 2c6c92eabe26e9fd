import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import { blankForm } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { factorName, type FactorShown } from './securityFactor.tsx';

/** Field: elsewhere. `must`: whether a rule asks for one, and this is the last. */
export type RemoveFactorData = {
  readonly factor: FactorShown;
  readonly isLast: boolean;
  readonly must: boolean;
  readonly csrf: string;
};

/** Asks before a factor is removed, and says what that means. */
export function removeFactorPage(frame: Frame, { factor, isLast, must, csrf }: RemoveFactorData): string {
  const { t, instance } = frame;
  const name = factorName(frame, factor);
  const title = t('remove_factor.title', { name });
  const body = (
    <div class="sheet">
      <h1>{title}</h1>
      <ul class="steps">
        <li>{isLast ? t('remove_factor.last') : t('remove_factor.others')}</li>
        {isLast && <li>{t('remove_factor.codes')}</li>}
      </ul>
      {must && <p class="caution">{t('remove_factor.must', { instance: instance.name })}</p>}
      <PostForm action="/account/security/remove" csrf={csrf}>
        <Hidden fields={[{ name: 'factor', value: factor.id }]} />
        <Checkbox t={t} form={blankForm} name="elsewhere" label={t('remove_factor.elsewhere')} />
        <Button look="danger" full>
          {t('remove_factor.submit')}
        </Button>
        <ButtonLink href="/account/security" look="quiet" full>
          {t('remove_factor.keep')}
        </ButtonLink>
      </PostForm>
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
