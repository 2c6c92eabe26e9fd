import { page, type Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { Hidden } from '../parts/Hidden.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Stop, WayOut } from './stop.tsx';

/** Applications that may still think the person is signed in; each form sends `application`. */
export type Offers = {
  readonly action: string;
  readonly csrf: string;
  readonly applications: readonly { readonly id: string; readonly name: string }[];
};

export type SignedOutData = {
  readonly application?: ApplicationLabel | undefined;
  /** Only the application was left, and it said so itself (`true`) or did not (`false`). */
  readonly left?: boolean | undefined;
  readonly offers?: Offers | undefined;
};

function Offered({ frame: { t }, offers }: { frame: Frame; offers: Offers }) {
  return (
    <section class="sheet" aria-labelledby="still-there">
      <h2 id="still-there">{t('signed_out.still_there')}</h2>
      <p class="lead">{t('signed_out.still_there_why')}</p>
      {offers.applications.map(({ id, name }) => (
        <PostForm action={offers.action} csrf={offers.csrf}>
          <Hidden fields={[{ name: 'application', value: id }]} />
          <Button look="secondary" full>
            {t('signed_out.there_too', { application: name })}
          </Button>
        </PostForm>
      ))}
    </section>
  );
}

/** The session here has ended, or one application was left. */
export function signedOutPage(frame: Frame, { application, left, offers }: SignedOutData): string {
  const { t } = frame;
  const instance = frame.instance.name;
  const isLeft = left !== undefined && application !== undefined;
  const title = isLeft ? t('signed_out.left', { application: application.name }) : t('signed_out.title', { instance });
  const message = isLeft
    ? t(left ? 'signed_out.left_message' : 'signed_out.left_unconfirmed', { application: application.name, instance })
    : t('signed_out.message');
  const body = (
    <>
      <Stop application={application} title={title} message={message}>
        {application && <WayOut href={application.homeUrl}>{t('back.to', { application: application.name })}</WayOut>}
        <WayOut href="/" primary={!application}>
          {isLeft ? t('signed_out.home', { instance }) : t('signed_out.again')}
        </WayOut>
      </Stop>
      {offers !== undefined && offers.applications.length > 0 && <Offered frame={frame} offers={offers} />}
    </>
  );
  return page(frame, { title, hasErrors: false, narrow: true, body });
}
