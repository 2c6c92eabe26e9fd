import type { ComponentChildren } from 'preact';
import { Csrf } from './Csrf.tsx';

type Props = {
  action: string;
  csrf?: string | undefined;
  class?: string | undefined;
  children: ComponentChildren;
};

/** A form that posts, with its token; checks are the server's, so that messages are ours. */
export function PostForm({ action, csrf, class: name, children }: Props) {
  return (
    <form method="post" action={action} class={name} novalidate>
      <Csrf token={csrf} />
      {children}
    </form>
  );
}
