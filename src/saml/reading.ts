/** XML with one element a line, for people to read; never for a program: white space would change what is signed. */
export function indented(xml: string): string {
  const lines: string[] = [];
  let depth = 0;
  let line = '';
  const flush = (): void => {
    if (line !== '') lines.push(line);
    line = '';
  };
  for (const token of xml.split(/(<[^>]*>)/u)) {
    if (token.trim() === '') continue;
    if (token.startsWith('</')) {
      depth -= 1;
      // An element that holds no other stays on its line.
      if (line.trimStart().startsWith(`<${token.slice(2, -1)}`)) line += token;
      else {
        flush();
        line = `${'  '.repeat(depth)}${token}`;
      }
      flush();
    } else if (token.startsWith('<')) {
      flush();
      line = `${'  '.repeat(depth)}${token}`;
      if (token.endsWith('/>') || token.startsWith('<?')) flush();
      else depth += 1;
    } else line += token;
  }
  flush();
  return lines.join('\n');
}
