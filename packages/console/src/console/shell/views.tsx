import { Link } from '@tanstack/react-router';
import { Notice } from '../../keys/states.tsx';
import { Button, buttonClasses } from '../../ui/button.tsx';

/** An address that leads nowhere. */
export function NoSuchView() {
  return (
    <main className="kh-app min-h-dvh p-4">
      <Notice isWhole title="There is nothing here" text="The address is wrong, or what stood here is gone.">
        <Link to="/" className={buttonClasses('plain')}>
          To the overview
        </Link>
      </Notice>
    </main>
  );
}

/** A view that could not be loaded: most often the server was renewed, and with it the files. */
export function FailedView() {
  return (
    <main className="kh-app min-h-dvh p-4">
      <Notice
        isWhole
        isAlert
        title="This view could not be shown"
        text="The connection failed, or Keyhold was renewed while the page was open."
      >
        <Button onClick={() => location.reload()}>Load again</Button>
      </Notice>
    </main>
  );
}
