import type { ComponentChildren } from 'preact';
import { Csrf } from './Csrf.tsx';

type Props = {
  action: string;
  csrf?: string | undefined;
  class?: string | undefined;
  /** Whether a file may come with it. */
  files?: boolean;
  children: ComponentChildren;
};

/** A form that posts, with its token; checks are the server's, so that messages are ours. */
export function PostForm({ action, csrf, class: name, files = false, children }: Props) {
  return (
    <form method="post" action={action} class={name} enctype={files ? 'multipart/form-data' : undefined} novalidate>
      <Csrf token={csrf} />
      {children}
    </form>
  );
}
