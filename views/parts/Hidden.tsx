export type HiddenField = { readonly name: string; readonly value: string };

/** Values a form carries along unseen. */
export function Hidden({ fields }: { fields: readonly HiddenField[] }) {
  return (
    <>
      {fields.map(({ name, value }, index) => (
        <input key={index} type="hidden" name={name} value={value} />
      ))}
    </>
  );
}
