import type { Translate } from '../text.ts';
import { CopyLines } from './CopyLines.tsx';
import { Facts } from './Facts.tsx';

/** A part of instructions in words; it has one of steps, code and fields. */
export type ShownBlock = {
  readonly title: string;
  readonly unverified: boolean;
  readonly steps?: readonly { readonly text: string; readonly unverified: boolean }[];
  readonly code?: string;
  readonly fields?: readonly { readonly label: string; readonly value: string }[];
};

function Unverified({ t }: { t: Translate }) {
  return <span class="status unverified">{t('admin.template.unverified')}</span>;
}

/** What to do somewhere else, with a mark on what was not seen in its own source. */
export function BlockPanel({ t, id, block }: { t: Translate; id: string; block: ShownBlock }) {
  const { title, unverified, steps, code, fields } = block;
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>
        {title} {unverified && <Unverified t={t} />}
      </h2>
      {steps !== undefined && (
        <ol class="steps">
          {steps.map((step, index) => (
            <li key={index}>
              {step.text} {step.unverified && <Unverified t={t} />}
            </li>
          ))}
        </ol>
      )}
      {code !== undefined && <CopyLines t={t} label={title} text={code} />}
      {fields !== undefined && <Facts t={t} copy facts={fields} />}
    </section>
  );
}
