import type { Caught } from '../mail-catcher.ts';
import { page, type Frame } from './pages.tsx';
import type { Post, Sent } from './post.ts';

function Message({ sent: { to, subject, dialogue } }: { sent: Sent }) {
  return (
    <article>
      <h3>{subject}</h3>
      <p>
        To <code>{to}</code>
      </p>
      <details>
        <summary>
          What was said: {dialogue.findLast((line) => line.startsWith('S: 250')) ?? 'no message was taken'}
        </summary>
        <pre tabIndex={0}>{dialogue.join('\n')}</pre>
      </details>
    </article>
  );
}

function Answer({ letter: { from, returnPath, to, subject, text, raw } }: { letter: Caught }) {
  return (
    <article>
      <h3>{subject}</h3>
      <p>
        MAIL FROM <code>{returnPath}</code>, From <code>{from}</code>, to <code>{to}</code>
      </p>
      <blockquote>{text}</blockquote>
      <details open>
        <summary>As it came, word for word</summary>
        <pre tabIndex={0}>{Buffer.from(raw, 'latin1').toString()}</pre>
      </details>
    </article>
  );
}

/** All that an application could see of the mail it sent, and of what came back. */
export function mailPage(frame: Frame, post: Post): string {
  const { name } = frame;
  const [sent, received] = [post.sent(), post.received()];
  return page(
    frame,
    <>
      <h1>What {name} saw of its mail</h1>
      <nav aria-label="Back">
        <a href="/">Back to {name}</a>
        <a href="/mail">Look again</a>
      </nav>
      <section class="received mail">
        <h2>What it sent, and what it was answered</h2>
        {sent.length === 0 ? <p>Nothing yet.</p> : sent.map((one) => <Message sent={one} />)}
      </section>
      <section class="received mail">
        <h2>What came back</h2>
        {received.length === 0 ? <p>Nothing yet.</p> : received.map((one) => <Answer letter={one} />)}
      </section>
      <section class="received mail">
        <h2>What {name} could not see</h2>
        <p id="unseen">
          Where the mail went from the relay address, and on which server; whether and when it arrived there; whether it
          was kept or thrown away by choice; whose the relay address is, and whether that person has another profile,
          here or elsewhere. "250 … Kept" is the same for everybody.
        </p>
      </section>
    </>,
  );
}
