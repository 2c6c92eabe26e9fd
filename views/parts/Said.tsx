/** What somebody wrote, in their own lines. */
export function Said({ label, words }: { label: string; words: string }) {
  return (
    <div class="said">
      <p class="said-by">{label}</p>
      <blockquote>{words}</blockquote>
    </div>
  );
}
