import type { ComponentChildren } from 'preact';
import { ApplicationHead, type ApplicationLabel } from '../parts/Application.tsx';
import { isWebAddress } from '../parts/Link.tsx';

type Props = {
  application?: ApplicationLabel | undefined;
  title: string;
  message?: string | undefined;
  children?: ComponentChildren;
};

/** The body of a page where the way ends: what happened, and what can be done now. */
export function Stop({ application, title, message, children }: Props) {
  return (
    <div class="sheet stop">
      <ApplicationHead application={application} />
      <h1>{title}</h1>
      {message !== undefined && <p class="lead">{message}</p>}
      {children}
    </div>
  );
}

type OutProps = { href: string; primary?: boolean; children: ComponentChildren };

/** The way out of such a page: only web addresses and paths of ours become buttons. */
export function WayOut({ href, primary = true, children }: OutProps) {
  if (!isWebAddress(href)) return null;
  return (
    <p>
      <a class={`button full ${primary ? 'primary' : 'quiet'}`} href={href} rel="noreferrer">
        {children}
      </a>
    </p>
  );
}
