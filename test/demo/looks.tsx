import type { Look } from './pages.tsx';

const POSTS = [
  { by: 'mésange', says: 'Two tits have moved into the old letter box. The post goes to the neighbours for now.' },
  { by: 'hulotte', says: 'Somebody calls every night at four. It is me. I am sorry.' },
];

/** The micro-blog. */
export const PIAF: Look = {
  theme: 'piaf',
  motto: 'Short songs from the garden',
  content: (userName) => (
    <section class="posts" aria-label="Latest posts">
      {[{ by: userName, says: 'has just landed here.' }, ...POSTS].map(({ by, says }) => (
        <article>
          <strong>@{by}</strong>
          <p>{says}</p>
        </article>
      ))}
    </section>
  ),
};

const PICTURES = ['Dawn over the pond', 'A feather on the path', 'Moss, very close', 'The barn at night'];

/** The photo site. */
export const PLUMES: Look = {
  theme: 'plumes',
  motto: 'Pictures of light things',
  content: (userName) => (
    <section class="pictures" aria-label="Pictures">
      {PICTURES.map((title, index) => (
        <figure>
          <div class={`picture picture-${index}`} />
          <figcaption>
            {title}
            <small>shown to {userName}</small>
          </figcaption>
        </figure>
      ))}
    </section>
  ),
};
