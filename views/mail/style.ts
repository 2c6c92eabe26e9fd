/** How letters look, light and dark. It stands inside each: nothing is fetched when one is read. */
export const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 1.5rem 1rem; background: #f6f3ee; color: #22201c; font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem; background: #ffffff; border-radius: 0.75rem; }
.house { margin: 0 0 1rem; color: #5d564b; font-weight: 600; }
h1 { margin: 0 0 1rem; font-size: 1.35rem; line-height: 1.3; }
h2 { margin: 2rem 0 1rem; font-size: 1.2rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
blockquote { margin: 0 0 1rem; padding: 0 0 0 1rem; border-left: 0.2rem solid #8a6d3b; white-space: pre-line; }
.button { display: inline-block; padding: 0.7rem 1.3rem; border-radius: 0.5rem; background: #5b3d12; color: #ffffff; font-weight: 600; text-decoration: none; }
.small { font-size: 0.875rem; color: #5d564b; }
.small a { color: inherit; }
.address, h1, h2, p { overflow-wrap: anywhere; }
hr { margin: 1.5rem 0; border: 0; border-top: 1px solid #d9d2c6; }
@media (prefers-color-scheme: dark) {
  body { background: #1b1916; color: #eee9e0; }
  main { background: #26231f; }
  .house, .small { color: #bfb6a7; }
  .button { background: #e5c07b; color: #22201c; }
  hr { border-color: #4a443b; }
}
`;
