import { hostOf } from './Link.tsx';
import { hueOf, initialOf } from './Monogram.tsx';

/** An application as people see it. The picture must come from this server or be a data: address. */
export type ApplicationLabel = {
  readonly name: string;
  readonly iconUrl?: string | undefined;
  readonly homeUrl: string;
};

/** The application's own picture, or its first letter. Says nothing aloud: its name stands beside it. */
export function ApplicationMark({ application }: { application: Pick<ApplicationLabel, 'name' | 'iconUrl'> }) {
  const { name, iconUrl } = application;
  if (iconUrl !== undefined) return <img class="mark" src={iconUrl} alt="" width="56" height="56" />;
  return (
    <span class={`mark hue-${hueOf(name)}`} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}

/** Where the person comes from and goes back to, on top of the page. */
export function ApplicationHead({ application }: { application: ApplicationLabel | undefined }) {
  if (!application) return null;
  return (
    <div class="application-head">
      <ApplicationMark application={application} />
      <p>
        <strong>{application.name}</strong>
        <span class="host">{hostOf(application.homeUrl)}</span>
      </p>
    </div>
  );
}
