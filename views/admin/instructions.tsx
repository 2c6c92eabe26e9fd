import { page, type Frame } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Hidden } from '../parts/Hidden.tsx';
import { BlockPanel, type ShownBlock } from '../parts/Instructions.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { hasUnverified } from './instructionsText.ts';

export type InstructionsData = {
  readonly application: { readonly name: string; readonly url: string };
  readonly blocks: readonly ShownBlock[];
  readonly csrf: string;
  /** POST: the same as text, with the secret that is sent along. */
  readonly textAction: string;
  /** Only right after it was made: it is never shown again. */
  readonly secret?: string | undefined;
  /** POST: makes a new secret; absent where there is none. */
  readonly newSecretAction?: string | undefined;
  readonly notice?: string | undefined;
};

/** What to do in an application so that people sign in to it from here. */
export function instructionsPage(frame: Frame, data: InstructionsData): string {
  const { t } = frame;
  const { application, blocks, csrf, secret } = data;
  const title = t('admin.template.title', { application: application.name });
  const body = (
    <>
      <Notice text={data.notice} />
      <p class="crumb">
        <a href={application.url}>{application.name}</a>
      </p>
      <h1>{title}</h1>
      {secret !== undefined && (
        <div class="caution">
          <p>{t('admin.template.secret_once')}</p>
        </div>
      )}
      {secret === undefined && data.newSecretAction !== undefined && (
        <p class="lead">{t('admin.template.secret_hidden', { words: t('admin.template.secret_here') })}</p>
      )}
      <PostForm action={data.textAction} csrf={csrf} class="download">
        <Hidden fields={secret === undefined ? [] : [{ name: 'secret', value: secret }]} />
        <Button look="secondary" name="format" value="txt">
          {t('admin.template.download')}
        </Button>
      </PostForm>
      {hasUnverified(blocks) && (
        <p class="hint">{t('admin.template.unverified_what', { mark: t('admin.template.unverified') })}</p>
      )}
      <div class="stack">
        {blocks.map((block, index) => (
          <BlockPanel key={index} t={t} id={`part-${index}`} block={block} />
        ))}
        {data.newSecretAction !== undefined && secret === undefined && (
          <section class="panel" aria-labelledby="new-secret">
            <h2 id="new-secret">{t('admin.client.new_secret')}</h2>
            <p>{t('admin.client.new_secret_what')}</p>
            <PostForm action={data.newSecretAction} csrf={csrf}>
              <Button look="danger">{t('admin.client.new_secret_submit')}</Button>
            </PostForm>
          </section>
        )}
      </div>
      <p class="after">
        <ButtonLink href={application.url}>{t('back.to', { application: application.name })}</ButtonLink>
      </p>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
