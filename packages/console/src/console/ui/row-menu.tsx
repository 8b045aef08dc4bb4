import { Menu } from '@base-ui/react/menu';
import { buttonClasses } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Icon } from '../../ui/icons.tsx';

export interface RowAction {
  readonly label: string;
  readonly isDangerous?: boolean;
  readonly onChoose: () => void;
}

/** What can be done with one row. */
export function RowMenu(props: { readonly label: string; readonly actions: readonly RowAction[] }) {
  const { label, actions } = props;
  if (actions.length === 0) return null;
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger
        aria-label={label}
        className={buttonClasses(
          'quiet',
          'h-8 w-9 px-0! data-popup-open:bg-panel data-popup-open:text-ink coarse:w-11',
        )}
      >
        <Icon name="dots" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="kh-app z-30 bg-transparent!">
          <Menu.Popup className="kh-popup min-w-44 rounded-kh border border-line bg-raised p-1 shadow-lg outline-none">
            {actions.map(({ label: action, isDangerous = false, onChoose }) => (
              <Menu.Item
                key={action}
                onClick={onChoose}
                className={classes(
                  'flex h-8 cursor-pointer items-center rounded-md px-2.5 text-sm outline-none data-highlighted:bg-panel coarse:h-11',
                  isDangerous && 'text-danger',
                )}
              >
                {action}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
