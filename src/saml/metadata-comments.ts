import { refuseMetadata } from './metadata-problem.ts';

/** Where the tag that begins here ends: `>` may stand in the values of its attributes. */
function endOfTag(xml: string, from: number): number {
  let quote = '';
  for (let at = from; at < xml.length; at += 1) {
    const character = xml[at];
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
  }
  return xml.length;
}

/**
 * A document without its comments, of which real metadata is full (XML 1.0 §2.5). Whoever reads the text of an element
 * must not see two texts where there was one: a comment leaves nothing behind. What is signed never covers comments, and
 * what is verified is the text returned, so that taking them away can change nothing that was signed. Those where none
 * may be, inside of tags, stay, for the parser to refuse.
 * @throws {UserError} metadata_invalid: xml_invalid, where one does not end as it must.
 */
export function withoutComments(xml: string): string {
  if (!xml.includes('<!--')) return xml;
  const kept: string[] = [];
  let from = 0;
  for (let at = xml.indexOf('<'); at !== -1;) {
    if (!xml.startsWith('<!--', at)) {
      at = xml.indexOf('<', endOfTag(xml, at));
      continue;
    }
    kept.push(xml.slice(from, at));
    const end = xml.indexOf('--', at + 4);
    if (end === -1 || xml[end + 2] !== '>') refuseMetadata('xml_invalid');
    from = end + 3;
    at = xml.indexOf('<', from);
  }
  return kept.join('') + xml.slice(from);
}
