/** What somebody wrote, in their own lines. */
export function Said({ label, words }: { label: string | undefined; words: string }) {
  return (
    <div class="said">
      {label !== undefined && <p class="said-by">{label}</p>}
      <blockquote>{words}</blockquote>
    </div>
  );
}
