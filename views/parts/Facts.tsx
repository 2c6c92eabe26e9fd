import type { Translate } from '../text.ts';
import { Address } from './Address.tsx';
import { CopyValue } from './CopyValue.tsx';

export type Fact = { readonly label: string; readonly value: string };

/** Names and values, side by side where there is room; `copy` for those meant to be taken elsewhere. */
export function Facts({ t, facts, copy = false }: { t: Translate; facts: readonly Fact[]; copy?: boolean }) {
  return (
    <dl class="facts">
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{copy ? <CopyValue t={t} label={label} value={value} /> : <Address address={value} />}</dd>
        </div>
      ))}
    </dl>
  );
}
