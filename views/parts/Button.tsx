import type { ComponentChildren } from 'preact';

export type Look = 'primary' | 'secondary' | 'danger' | 'quiet';

type Props = {
  look?: Look;
  name?: string;
  value?: string;
  full?: boolean;
  describedBy?: string;
  children: ComponentChildren;
};

function classOf(look: Look, full: boolean): string {
  return full ? `button ${look} full` : `button ${look}`;
}

/** A button that sends its form, and says what will happen. */
export function Button({ look = 'primary', name, value, full = false, describedBy, children }: Props) {
  return (
    <button type="submit" class={classOf(look, full)} name={name} value={value} aria-describedby={describedBy}>
      {children}
    </button>
  );
}

type LinkProps = { href: string; look?: Look; full?: boolean; describedBy?: string; children: ComponentChildren };

/** A link that looks like a button, for the next step that changes nothing. */
export function ButtonLink({ href, look = 'secondary', full = false, describedBy, children }: LinkProps) {
  return (
    <a class={classOf(look, full)} href={href} aria-describedby={describedBy}>
      {children}
    </a>
  );
}
