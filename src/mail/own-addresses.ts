/** What stands before a local part that is the end of another one. A false alarm costs less than a missed address. */
const BEFORE = String.raw`(?<![a-z0-9_-]|[a-z0-9_-]\.)`;
/** What may follow a local part and still be delivered to it. */
const TAG = '(?:\\+[a-z0-9.!#$%&*+/=?^_`{|}~-]*)?';

/** A text as addresses are looked for in it: in small letters, without what hides in a word and is not seen. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\u00ad\u200b-\u200f\u2060\ufeff]/gu, '');
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}-]/gu, String.raw`\$&`);

/**
 * Whether a text holds one of these addresses, in whatever case, with a `+tag` behind its local part, with white space
 * or brackets around its @ or wrapped where lines are.
 */
export function holdsAddress(text: string, addresses: readonly string[]): boolean {
  const searched = plain(text);
  return addresses.some((address) => {
    const at = address.lastIndexOf('@');
    if (at < 1) return false;
    const local = escaped(plain(address.slice(0, at)).replace(/\+.*$/su, ''));
    const domain = plain(address.slice(at + 1))
      .split('.')
      .map(escaped)
      .join(String.raw`\s{0,3}\.\s{0,3}`);
    const sign = String.raw`[\s>]{0,5}[([{<]?\s{0,3}(?:@|%40)\s{0,3}[)\]}>]?[\s>]{0,5}`;
    return new RegExp(`${BEFORE}${local}${TAG}${sign}${domain}(?![a-z0-9-])`, 'u').test(searched);
  });
}
