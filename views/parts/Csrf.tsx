/** The hidden token that ties a form to the browser it was shown to; nothing when there is none. */
export function Csrf({ token }: { token: string | undefined }) {
  return token === undefined ? null : <input type="hidden" name="csrf" value={token} />;
}
