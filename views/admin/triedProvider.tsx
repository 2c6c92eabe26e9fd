import type { Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import type { Translate } from '../text.ts';
import { Answer, type SamlAnswer } from './samlAnswer.tsx';

export type TriedProvider = {
  readonly id: string;
  readonly label: string;
  /** Its own page; requests to examine are sent to `/examine` below it. */
  readonly url: string;
  /** What it would be sent; nothing without a profile. */
  readonly answer: SamlAnswer | undefined;
};

type Props = { frame: Frame; provider: TriedProvider; form: Form; csrf: string };

/** What a service provider would receive, and a place to look into its requests. */
export function Tried({ frame, provider, form, csrf }: Props) {
  const { t } = frame;
  const { id, label, url, answer } = provider;
  return (
    <section class="panel" aria-labelledby={`provider-${id}`}>
      <h2 id={`provider-${id}`}>{t('admin.try.client', { client: label })}</h2>
      {answer !== undefined && <Answer frame={frame} answer={answer} label={label} />}
      <Examine t={t} form={form} csrf={csrf} action={`${url}/examine`} scope={id} />
      <p class="panel-foot">
        <ButtonLink href={url}>{t('admin.try.to_provider')}</ButtonLink>
      </p>
    </section>
  );
}

type ExamineProps = { t: Translate; form: Form; csrf: string; action: string; scope?: string };

/** Field: request. */
export function Examine({ t, form, csrf, action, scope }: ExamineProps) {
  return (
    <PostForm action={action} csrf={csrf} class="after">
      <TextArea
        t={t}
        form={form}
        name="request"
        label={t('admin.try.request')}
        hint={t('admin.try.request_hint')}
        scope={scope}
        code
        required
      />
      <Button look="secondary">{t('admin.try.examine')}</Button>
    </PostForm>
  );
}
