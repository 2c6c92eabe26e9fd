const hues = 6;

/** A round letter in a colour of its own, so that several profiles are told apart at a glance. Says nothing aloud. */
export function Monogram({ name, large }: { name: string; large?: boolean }) {
  return (
    <span class={`monogram hue-${hueOf(name)}${large ? ' large' : ''}`} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}

/** The first letter of a name, as people count letters. */
export function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return (first?.segment ?? '?').toLocaleUpperCase();
}

/** A colour number from 0 to 5, always the same for the same name. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % hues;
}
