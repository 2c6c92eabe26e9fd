import type { Frame } from '../layout.tsx';
import type { ApplicationLabel } from '../parts/Application.tsx';
import { Button } from '../parts/Button.tsx';
import { PostForm } from '../parts/PostForm.tsx';

/** Ends the journey: back to the application, which is told, or out of here. */
type Props = {
  frame: Frame;
  /** Posts `cancel`=1 there. */
  action: string;
  csrf: string;
  application?: ApplicationLabel | undefined;
};

/** Somebody who cannot, or does not want to, do what a page asks. */
export function GiveUp({ frame: { t }, action, csrf, application }: Props) {
  return (
    <PostForm action={action} csrf={csrf}>
      <Button look="quiet" name="cancel" value="1" full>
        {application ? t('back.to', { application: application.name }) : t('link.other_sign_out')}
      </Button>
    </PostForm>
  );
}
