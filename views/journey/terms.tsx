import { page, type Frame } from '../layout.tsx';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { Hidden } from '../parts/Hidden.tsx';
import { Link } from '../parts/Link.tsx';
import { PostForm } from '../parts/PostForm.tsx';

/** Sends `version` and nothing else, or `cancel`=1. */
export type TermsData = {
  readonly action: string;
  readonly csrf: string;
  readonly application?: ApplicationLabel | undefined;
  /** The version to accept. */
  readonly version: string;
  /** Where the rules are, if that is known. */
  readonly rulesUrl?: string | undefined;
  /** Whether the person has never accepted any. */
  readonly isFirst: boolean;
  /** Pages that are open without accepting anything; translated. */
  readonly waysOut: readonly { readonly href: string; readonly text: string }[];
};

/** The rules of the house, to be accepted before one goes on. */
export function termsPage(frame: Frame, data: TermsData): string {
  const { t } = frame;
  const { application, version, rulesUrl } = data;
  const instance = frame.instance.name;
  const title = data.isFirst ? t('terms.title', { instance }) : t('terms.title_changed', { instance });
  const body = (
    <div class="sheet">
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      <p class="lead">{data.isFirst ? t('terms.lead') : t('terms.lead_changed')}</p>
      <p>
        {rulesUrl === undefined ? (
          t('terms.elsewhere', { version })
        ) : (
          <Link href={rulesUrl}>{t('terms.read', { version })}</Link>
        )}
      </p>
      <PostForm action={data.action} csrf={data.csrf}>
        <Hidden fields={[{ name: 'version', value: version }]} />
        <Button full>{t('terms.accept')}</Button>
        <Button look="quiet" name="cancel" value="1" full>
          {application ? t('terms.later_to', { application: application.name }) : t('terms.later')}
        </Button>
      </PostForm>
      <p class="hint">{t('terms.out')}</p>
      <ul class="ways">
        {data.waysOut.map(({ href, text }) => (
          <li key={href}>
            <a href={href}>{text}</a>
          </li>
        ))}
      </ul>
    </div>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
