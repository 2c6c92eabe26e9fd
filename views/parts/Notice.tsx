/** What has just been done; nothing when there is nothing to say. */
export function Notice({ text }: { text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <div class="notice" role="status">
      <p>{text}</p>
    </div>
  );
}
