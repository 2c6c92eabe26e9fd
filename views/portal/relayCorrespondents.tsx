import { page, type Frame } from '../layout.tsx';
import { Address } from '../parts/Address.tsx';
import { Button } from '../parts/Button.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Pages, type Paging } from './relayParts.tsx';

/** Posts `correspondent` (an id) to /block or /unblock below `path`. */
export type CorrespondentsData = {
  readonly path: string;
  /** The page of mail to the profile. */
  readonly backUrl: string;
  readonly profile: string;
  readonly people: readonly {
    readonly id: string;
    readonly name: string;
    readonly address: string;
    readonly isBlocked: boolean;
  }[];
  readonly paging: Paging;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** Everybody who wrote to a profile, and whether they may again. */
export function correspondentsPage(frame: Frame, data: CorrespondentsData): string {
  const { t } = frame;
  const { path, backUrl, profile, people, paging, csrf } = data;
  const title = t('relay.people_title', { profile });
  const body = (
    <>
      <Notice text={data.notice} />
      <p class="crumb">
        <a href={backUrl}>{t('relay.profile_title', { profile })}</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">{people.length === 0 ? t('relay.people_empty') : t('relay.people_lead')}</p>
      {people.length > 0 && (
        <section class="panel" aria-label={title}>
          <ul class="rows">
            {people.map(({ id, name, address, isBlocked }) => (
              <li key={id} class="row tall">
                <div class="row-main">
                  <p class="row-title">
                    <strong id={`correspondent-${id}`} class="address">
                      <Address address={address} />
                    </strong>
                    {isBlocked && <span class="status blocked">{t('relay.blocked')}</span>}
                  </p>
                  {name !== '' && <p class="row-detail">{name}</p>}
                </div>
                <PostForm action={`${path}/${isBlocked ? 'unblock' : 'block'}`} csrf={csrf}>
                  <Button look="secondary" name="correspondent" value={id} describedBy={`correspondent-${id}`}>
                    {isBlocked ? t('relay.unblock') : t('relay.block')}
                  </Button>
                </PostForm>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Pages t={t} paging={paging} />
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
