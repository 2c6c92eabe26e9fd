/** An e-mail address that breaks before its domain where it must break. */
export function Address({ address }: { address: string }) {
  const at = address.lastIndexOf('@');
  if (at < 1) return <>{address}</>;
  return (
    <>
      {address.slice(0, at)}
      <wbr />
      {address.slice(at)}
    </>
  );
}
