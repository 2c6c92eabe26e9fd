import { page, type Frame } from '../layout.tsx';

export type ChooseTemplateData = {
  /** The applications that are known, and what there is for others; `other`: the second way to add the same one. */
  readonly choices: readonly {
    readonly name: string;
    readonly hint?: string | undefined;
    readonly url: string;
    readonly other?: { readonly name: string; readonly url: string } | undefined;
  }[];
};

/** Which application is to be added: each choice leads to its questions. */
export function chooseTemplatePage(frame: Frame, { choices }: ChooseTemplateData): string {
  const { t } = frame;
  const title = t('admin.template.choose_title');
  const body = (
    <>
      <p class="crumb">
        <a href="/admin/applications">{t('admin.applications.title')}</a>
      </p>
      <h1>{title}</h1>
      <p class="lead">{t('admin.template.choose_lead')}</p>
      <p class="hint">{t('admin.template.choose_ways')}</p>
      <div class="panel lone">
        <ul class="rows">
          {choices.map(({ name, hint, url, other }) => (
            <li key={url} class="row">
              <div class="row-main">
                <a class="cover" href={url}>
                  {name}
                </a>
                {hint !== undefined && <p class="row-detail">{hint}</p>}
              </div>
              {other !== undefined && (
                <a class="beside" href={other.url}>
                  {other.name}
                </a>
              )}
            </li>
          ))}
        </ul>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}
