import type { ComponentChildren } from 'preact';

type Props = { href: string; class?: string; children: ComponentChildren };

/** A link to an address that came from outside: only web addresses and paths of ours become links. */
export function Link({ href, class: name, children }: Props) {
  if (!isWebAddress(href)) return <span>{children}</span>;
  return (
    <a href={href} class={name} rel="noreferrer">
      {children}
    </a>
  );
}

/** The host of an address, to show where a link leads; the address itself when it has none. */
export function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host || address : address;
}

/** Whether an address may become a link: no script, no other protocol, no other host by a double slash. */
export function isWebAddress(address: string): boolean {
  return /^https?:\/\//i.test(address) || /^\/(?![/\\])/.test(address);
}
