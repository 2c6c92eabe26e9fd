import { ContactWords } from '../parts/ContactWords.tsx';
import type { Translate } from '../text.ts';

/** How to reach the people who run the instance; addresses become links. */
export function Contact({ t, contact }: { t: Translate; contact: string | undefined }) {
  if (contact === undefined || contact === '') return null;
  return (
    <div class="reference">
      <p>{t('contact.label')}</p>
      <p class="contact">
        <ContactWords contact={contact} />
      </p>
    </div>
  );
}
