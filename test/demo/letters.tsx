import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Caught, MailCatcher } from '../mail-catcher.ts';

/** A page with the letters that were caught. */
export type Letters = { readonly url: string; close(): Promise<void> };

const STYLE = `
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
article { margin: 1.5rem 0; padding: 1rem; border: 1px solid gray; border-radius: 0.5rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
h1, h2, p, code { overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 1.1rem; }
.raw { padding: 1rem; border: 1px solid gray; border-radius: 0.5rem; font: 0.875rem/1.5 ui-monospace, monospace; }
`;

function Letter({ letter, number }: { letter: Caught; number: number }) {
  return (
    <article>
      <h2>{letter.subject}</h2>
      <p>
        RCPT TO <code>{letter.to}</code>
        <br />
        MAIL FROM <code>{letter.returnPath}</code>
        <br />
        From {letter.from}
      </p>
      <p>
        {letter.html === '' ? null : <a href={`/letters/${number}`}>As HTML</a>}{' '}
        <a href={`/letters/${number}/raw`}>As it came, header and all</a>
      </p>
      <ul>
        {letter.links.map((link) => (
          <li>
            <a href={link}>{link}</a>
          </li>
        ))}
      </ul>
      <pre>{letter.text}</pre>
    </article>
  );
}

function page(title: string, body: ComponentChildren): string {
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <main>{body}</main>
      </body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

function list(letters: readonly Caught[]): string {
  return page(
    'Letters of the demo',
    <>
      <h1>Letters of the demo</h1>
      <p>
        Every message that left Aluco, for whomever: what stands under RCPT TO is where it went.{' '}
        {letters.length === 0 ? 'None yet.' : `${letters.length}, the last first.`} <a href="/">Look again</a>
      </p>
      {letters.map((letter, at) => <Letter letter={letter} number={at} />).toReversed()}
    </>,
  );
}

function whole({ subject, to, returnPath, raw }: Caught): string {
  return page(
    subject,
    <>
      <h1>{subject}</h1>
      <p>
        <a href="/">All letters</a>
      </p>
      <p>
        RCPT TO <code>{to}</code>
        <br />
        MAIL FROM <code>{returnPath}</code>
      </p>
      <pre class="raw" tabIndex={0}>
        {Buffer.from(raw, 'latin1').toString()}
      </pre>
    </>,
  );
}

/** Shows on a port of its own what a catcher has caught. */
export async function openLetters({ letters }: MailCatcher, port: number): Promise<Letters> {
  const server = createServer((req, res) => {
    const [, number, raw] = /^\/letters\/(\d{1,6})(\/raw)?$/u.exec(req.url ?? '') ?? [];
    const letter = letters[Number(number)];
    const one = raw === undefined ? letter?.html : letter && whole(letter);
    const html = number === undefined ? list(letters) : one;
    res.writeHead(html === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
