import { Link } from './Link.tsx';

/** Whom to ask: an e-mail address or a web address becomes a link, other words stay words. */
export function ContactWords({ contact }: { contact: string }) {
  return /^[^\s@<>"']+@[^\s@<>"']+$/.test(contact) ? (
    <a href={`mailto:${contact}`}>{contact}</a>
  ) : (
    <Link href={contact}>{contact}</Link>
  );
}
